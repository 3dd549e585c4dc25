"""The menu: what each key does, what Enter means, that typing ahead runs nothing."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

from terminal import Session, has, lacks, main, run, same

MENU = r"\[c\]opy.*(uit|no)  "
READS = "printf 'only%sreads' -"  # a command that only reads
WEAKENS = "git push --force origin main; touch made"  # of high risk wherever it is run


def lived(session, name):
    return (session.work / name).exists()


def test_enter_runs_what_only_reads(caro):
    s = Session([caro, "say it"], [READS])
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("\r")
    same(s.finish(), 0)
    has(s.out, "only-reads")


def test_enter_is_no_for_what_changes_something(caro):
    s = Session([caro, "make a file"], ["touch made"])
    s.wait_for(r"\[r\]un.*Enter\] no")
    s.send("\r")
    time.sleep(0.1)
    made = lived(s, "made")
    same(s.finish(), 5)
    same(made, False, "file made")


def test_r_runs_and_the_status_is_that_of_the_command(caro):
    s = Session([caro, "make a file"], ["touch made; ls; exit 7"])
    s.wait_for(MENU)
    s.send("r")
    same(s.finish(), 7)
    has(s.out, "made")


def test_keys_typed_before_the_menu_are_dropped(caro):
    s = Session([caro, "say it"], [READS], env={"SCRIPTED_DELAY_MS": "50"})
    time.sleep(0.15)
    s.send("\r\ry")
    s.wait_for(MENU)
    time.sleep(0.3)
    lacks(s.out, "only-reads")
    s.send("q")
    same(s.finish(), 5)


def test_escape_and_end_of_input_are_no(caro):
    for key in ("\x1b", "\x04", "n", "q"):
        s = Session([caro, "make a file"], ["touch made"])
        s.wait_for(MENU)
        s.send(key)
        same(s.finish(), 5, repr(key))


def test_arrow_keys_and_other_letters_do_nothing(caro):
    s = Session([caro, "make a file"], ["touch made"])
    s.wait_for(MENU)
    s.send("\x1b[A\x1b[Bzßw")
    time.sleep(0.3)
    same(lived(s, "made"), False)
    s.send("q")
    same(s.finish(), 5)


def test_high_risk_must_be_typed(caro):
    s = Session([caro, "send it"], [WEAKENS])
    shown = s.wait_for(MENU)
    lacks(shown, "[Enter] run")
    has(shown, "[r]un")
    s.send("r")
    s.wait_for("type .* to run it: ")
    s.send("yes\r")
    time.sleep(0.2)
    same(lived(s, "made"), False)
    same(s.finish(), 5)
    s = Session([caro, "send it"], [WEAKENS])
    s.wait_for(MENU)
    s.send("r")
    s.wait_for("type high to run it: ")
    s.send("high\r")
    time.sleep(0.5)
    same(lived(s, "made"), True)
    s.finish()


def test_critical_cannot_be_run_from_the_menu_without_typing(caro):
    s = Session([caro, "clean up"], ["rm -rf /caro-test-no-such-root/../"])
    s.wait_for("CRITICAL|critical")
    s.wait_for(MENU)
    s.send("y\r")
    time.sleep(0.2)
    s.send("\r\x1b")
    same(s.finish(), 5)


def test_edit_judges_again(caro):
    editor = "sh -c 'printf \"%s\" \"rm -rf /\" > \"$0\"'"
    s = Session([caro, "say it"], [READS], env={"EDITOR": editor})
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("e")
    shown = s.wait_for(r"(?s)rm -rf /.*?\[e\]dit")
    has(shown.lower(), "critical")
    lacks(shown, "[Enter] run")
    s.send("q")
    same(s.finish(), 5)


def test_edit_runs_the_edited_bytes(caro):
    editor = "sh -c 'printf \"%s\" \"echo ed\"\"ited\" > \"$0\"'"
    s = Session([caro, "say it"], ["touch made"], env={"EDITOR": editor})
    s.wait_for(MENU)
    s.send("e")
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("\r")
    same(s.finish(), 0)
    has(s.out, "edited")


def test_an_editor_that_fails_keeps_the_command(caro):
    s = Session([caro, "say it"], [READS], env={"EDITOR": "false"})
    s.wait_for(MENU)
    s.send("e")
    s.wait_for("Set EDITOR")
    s.wait_for(MENU)
    s.send("\r")
    same(s.finish(), 0)
    has(s.out, "only-reads")


def test_without_an_editor_the_line_is_edited_in_place(caro):
    s = Session([caro, "say it"], ["echo one two"], columns=30)
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("e")
    s.wait_for("edit: echo one two")
    # Left over "two", Ctrl-W takes "one ", then text; Home and Delete take the "e" away and it is typed again.
    s.send("\x1b[D" * 3 + "\x17" + "größer ")
    s.send("\x1b[H" + "\x1b[3~" + "\x01" + "e" + "\x05" + "!" + "\x7f" + " and quite a bit longer than the line")
    s.wait_for("longer than the line")
    s.send("\r")
    s.wait_for(r"(?s)echo größer two and quite a bit longer than the line.*\[Enter\] run.*uit")
    s.send("\r")
    same(s.finish(), 0)
    has(s.out, "größer two and quite a bit longer than the line")


def test_an_edit_in_place_is_judged_again(caro):
    s = Session([caro, "say it"], [READS])
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("e")
    s.wait_for("edit: ")
    s.send("\x15rm -rf /\r")
    shown = s.wait_for(r"(?s)critical.*?\[e\]dit")
    lacks(shown, "[Enter] run")
    s.send("q")
    same(s.finish(), 5)


def test_an_edit_that_is_given_up_changes_nothing(caro):
    for key in ("\x1b", "\x15\x04"):
        s = Session([caro, "say it"], [READS])
        s.wait_for(r"\[Enter\] run.*uit")
        s.send("e")
        s.wait_for("edit: ")
        s.send("xyz" + key)
        s.wait_for(r"\[Enter\] run.*uit")
        s.send("\r")
        same(s.finish(), 0)
        has(s.out, "only-reads")


def test_quiet_shows_the_command_and_no_menu(caro):
    s = Session([caro, "-q", "list"], ["ls -la"])
    same(s.finish(), 0)
    same(s.out, "ls -la\n")


def test_with_piped_text_the_answer_is_told_without_a_menu(caro):
    s = Session(["/bin/sh", "-c", f"echo some text | {caro} 'count the lines'"], ["rm -rf build"])
    same(s.finish(), 0)
    has(s.out, "rm -rf build\n  ! moderate · Deletes build, with all in it, without asking\n")
    lacks(s.out, "[e]dit")
    s = Session(["/bin/sh", "-c", f"echo some text | {caro} -i 'say it'"], [READS])
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("\r")
    same(s.finish(), 0)
    has(s.out, "only-reads")


def test_a_terminal_that_cannot_move_its_cursor(caro):
    s = Session([caro, "say it"], [READS, "ls", "ls -a"], env={"TERM": "dumb", "SCRIPTED_DELAY_MS": "30"})
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("a")
    s.wait_for("choose")
    s.send("\r")
    s.wait_for(r"\[Enter\] run.*uit")
    s.send("q")
    same(s.finish(), 5)
    lacks(s.raw, "\x1b")


def test_what_is_typed_meanwhile_does_not_show(caro):
    s = Session([caro, "say it"], [READS], env={"SCRIPTED_DELAY_MS": "50"})
    s.wait_for("printf")
    s.send("zzz")
    shown = s.wait_for(MENU)
    lacks(shown, "zzz")
    s.send("q")
    same(s.finish(), 5)


def test_alternatives_are_offered_and_judged(caro):
    s = Session([caro, "make a file"], ["touch one", "touch one", "touch two", "rm -rf /"])
    s.wait_for(MENU)
    s.send("a")
    listed = s.wait_for(r"(?s)1\).*2\).*choose")
    has(listed, "touch two")
    has(listed.lower(), "critical")
    s.send("2")
    s.wait_for(r"(?s)touch two.*\[r\]un")
    s.send("r")
    time.sleep(0.2)
    made = lived(s, "two"), lived(s, "one")
    same(s.finish(), 0)
    same(made, (True, False))


def test_alternatives_asked_for_come_first(caro):
    s = Session([caro, "-a", "1", "make a file"], ["touch one", "touch one", "touch two"])
    listed = s.wait_for(r"(?s)1\).*2\).*choose")
    has(listed, "touch two")
    s.send("2")
    s.wait_for(r"(?s)touch two.*\[r\]un")
    s.send("q")
    same(s.finish(), 5)


def test_alternatives_without_a_terminal(caro):
    with tempfile.TemporaryDirectory(prefix="caro-pipe-") as folder:
        def ask(*words, answers):
            script = pathlib.Path(folder, "answers")
            script.write_text("".join(line + "\n" for line in answers))
            env = {"HOME": folder, "PATH": os.environ["PATH"], "CARO_BACKEND": "scripted", "SCRIPTED_ANSWERS": str(script)}
            env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
            return run([caro, *words], env=env, stdin=subprocess.DEVNULL)

        # What would be refused is not printed, for the lines may go straight into a shell.
        plain = ask("-a", "3", "list", answers=["ls", "ls", "ls -A", "rm -rf /"])
        same((plain.returncode, plain.stdout), (0, "ls\nls -A\n"))
        made = ask("-a", "3", "-o", "json", "list", answers=["ls", "ls", "ls -A", "rm -rf /"])
        others = json.loads(made.stdout)["alternatives"]
        same([(o["command"], o["risk"]) for o in others], [("ls -A", "safe"), ("rm -rf /", "critical")])
        same(json.loads(ask("-o", "json", "list", answers=["ls"]).stdout)["alternatives"], [])
        wrong = ask("-a", "9", "list", answers=["ls"])
        same(wrong.returncode, 2)
        has(wrong.stderr, "1 to 5")


def test_copy_uses_the_terminal_itself(caro):
    s = Session([caro, "list"], ["ls -la"])
    s.wait_for(MENU)
    s.send("c")
    same(s.finish(), 0)
    has(s.raw, "\x1b]52;c;bHMgLWxh\x07")


def test_dry_run_never_runs(caro):
    s = Session([caro, "-n", "say it"], [READS])
    shown = s.wait_for(MENU)
    lacks(shown, "[Enter] run")
    s.send("\rr")
    same(s.finish(), 5)
    lacks(s.out, "only-reads")


def test_yes_runs_what_is_allowed_at_once(caro):
    s = Session([caro, "-x", "-y", "say it"], [READS])
    same(s.finish(), 0)
    has(s.out, "only-reads")


def test_yes_does_not_run_critical(caro):
    s = Session([caro, "-x", "-y", "clean"], ["rm -rf /caro-no-such/.."])
    s.wait_for(MENU)
    s.send("q")
    same(s.finish(), 5)


def test_a_refusal_has_its_own_status(caro):
    s = Session([caro, "hello"], ["# Please describe a task."])
    same(s.finish(), 6)
    has(s.out, "Please describe a task")


def test_what_does_not_parse_cannot_be_run(caro):
    s = Session([caro, "say it"], ["echo 'open"])
    try:
        shown = s.wait_for(MENU, 3)
        lacks(shown, "un")
        s.send("\rry")
        time.sleep(0.1)
        s.send("q")
    except AssertionError:
        pass  # told as an error at once is right as well
    assert s.finish() != 0


def test_the_menu_works_while_output_is_caught_by_a_widget(caro):
    script = f'out=$({caro} -i -- make it); echo "got:$out"; exit 3'
    s = Session(["/bin/sh", "-c", script], ["ls -d ."])
    s.wait_for(MENU)
    s.send("q")
    same(s.finish(), 3)


if __name__ == "__main__":
    main(globals())
