"""What stands on the screen: colours, narrow windows, wide characters, hostile answers. Seen by a real terminal (tmux)
where the arrangement of lines matters."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from terminal import Session, has, lacks, main, same

MENU = r"\[c\]opy.*(uit|no)  "


def test_colour_only_where_it_is_wanted(caro):
    for words, env, coloured in (([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"TERM": "dumb"}, False),
                                 (["--no-color"], {}, False)):
        s = Session([caro, *words, "list"], ["ls"], env=env)
        s.wait_for(MENU)
        same("\x1b[1m" in s.raw or "\x1b[36m" in s.raw, coloured, str(env))
        s.send("q")
        s.finish()


def test_escapes_of_the_model_reach_no_terminal(caro):
    s = Session([caro, "list"], ["echo '\\e[2J\\e]0;gone\x07\u202e'"])
    same(s.finish(), 17)
    lacks(s.raw, "\x1b]0;")
    lacks(s.raw, "\x1b[2J")
    lacks(s.raw, "\u202e")
    has(s.out, "hidden or control character")


def test_characters_that_deceive_in_an_edited_command_cannot_be_run(caro):
    s = Session([caro, "list"], ["ls"], env={"EDITOR": "sh -c 'printf \"echo \\342\\200\\256abc\" > \"$0\"'"})
    s.wait_for(MENU)
    s.send("e")
    shown = s.wait_for(MENU)
    has(shown, "u202e")
    lacks(shown, "[Enter] run")
    lacks(shown, "[r]un")
    s.send("q")
    s.finish()
    lacks(s.raw, "\u202e")


class Tmux:
    def __init__(self, caro, words, answers, columns, rows=20, begin="echo begin"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-tmux-"))
        (self.root / "answers").write_text("".join(a + "\n" for a in answers))
        self.base = ["tmux", "-L", f"caro-{os.getpid()}-{self.root.name}", "-f", "/dev/null"]
        env = {"HOME": str(self.root), "CARO_BACKEND": "scripted", "SCRIPTED_ANSWERS": str(self.root / "answers"),
               "LC_ALL": "C.UTF-8"}
        sets = [part for name, value in env.items() for part in ("-e", f"{name}={value}")]
        quoted = " ".join("'" + w.replace("'", "'\\''") + "'" for w in [caro, *words])
        self.call("new-session", "-d", "-x", str(columns), "-y", str(rows), *sets, "/bin/sh", "-c",
                  f"{begin}; {quoted}; echo end $?; sleep 60")

    def call(self, *words):
        return subprocess.run([*self.base, *words], capture_output=True, text=True, check=True, timeout=20,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout

    def wait_for(self, text, seconds=15):
        end = time.monotonic() + seconds
        while True:
            screen = self.call("capture-pane", "-p")
            if text in screen:
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} on the screen:\n{screen}")
            time.sleep(0.05)

    def keys(self, *keys):
        self.call("send-keys", *keys)

    def close(self):
        subprocess.run([*self.base, "kill-server"], capture_output=True, check=False, timeout=20)
        shutil.rmtree(self.root, ignore_errors=True)


def test_nothing_is_left_of_the_live_line(caro):
    if shutil.which("tmux") is None:
        return
    for columns in (30, 42, 80):
        command = "find . -type f -name '*.文字化け' -size +100M -printf '%s %p\\\\n' | sort -rn | head -n 10"
        t = Tmux(caro, ["the ten biggest files"], [command], columns)
        try:
            screen = t.wait_for("[e]dit")
            joined = "".join(line for line in screen.splitlines())
            same(joined.count("find . -type f"), 1, f"{columns} columns:\n{screen}")
            same(screen.splitlines()[0], "begin", f"{columns} columns:\n{screen}")
            t.keys("q")
            t.wait_for("end 5")
        finally:
            t.close()


def test_the_live_line_leaves_nothing_in_the_history_of_tmux(caro):
    if shutil.which("tmux") is None:
        return
    for answer in ("echo one two three", "echo " + " ".join(f"word{i}" for i in range(25))):
        t = Tmux(caro, ["say it"], [answer], 80, begin="clear")
        try:
            t.wait_for("[e]dit")
            same(t.call("capture-pane", "-p", "-S", "-100").count("echo"), 1)
        finally:
            t.close()


def test_the_menu_vanishes_once_a_key_is_pressed(caro):
    if shutil.which("tmux") is None:
        return
    for columns in (40, 80):
        t = Tmux(caro, ["say it"], ["echo done-it"], columns)
        try:
            t.wait_for("[e]dit")
            t.keys("Enter")
            screen = t.wait_for("end 0")
            has(screen, "done-it")
            lacks(screen, "[e]dit")
            lacks(screen, "uit")
        finally:
            t.close()


def test_copy_inside_tmux_reaches_its_buffer(caro):
    if shutil.which("tmux") is None:
        return
    t = Tmux(caro, ["list"], ["ls -la | head"], 80)
    try:
        t.wait_for("[e]dit")
        t.keys("c")
        has(t.wait_for("end 0"), "copied with tmux")
        same(t.call("show-buffer"), "ls -la | head")
    finally:
        t.close()


if __name__ == "__main__":
    main(globals())
