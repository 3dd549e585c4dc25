"""caro hook bash|zsh in real interactive shells. The first argument is the caro that prints the guard and judges."""
import shutil
import time

from terminal import Session, lacks, main, same


def shell(caro, name):
    """An interactive shell with the guard, whose prompt is "ready>"."""
    def prepare(session):
        folder = session.root / "bin"
        folder.mkdir()
        (folder / "caro").symlink_to(caro)
    words = {"bash": ["/bin/bash", "--norc", "--noprofile", "-i"], "zsh": [shutil.which("zsh"), "-f", "-i"]}[name]
    s = Session(words, before=prepare, env={"CARO_BACKEND": "auto", "PS1": "ready> ", "HISTFILE": "/dev/null"})
    s.send(f"PATH={s.root}/bin:$PATH; PS1='ready> '; eval \"$(caro hook {name})\"; echo be''gin\n")
    s.wait_for("begin")
    s.wait_for("ready> ")
    return s


def both(caro, test):
    for name in ("bash", "zsh"):
        if shutil.which(name) is None:
            print(f"skipped: {name} is not installed")
            continue
        s = shell(caro, name)
        try:
            test(s, name)
        finally:
            s.send("\x03\x15")
            s.send("exit\n")
            time.sleep(0.1)
            try:
                s.finish(5)
            except AssertionError:
                pass


def test_harmless_lines_run_without_a_question(caro):
    def run(s, _name):
        s.send("echo har''mless | cat; for i in 1 2; do echo lo''op$i; done\n")
        s.wait_for("harmless")
        s.wait_for("loop2")
        s.send("touch made && echo all-do''ne\n")
        s.wait_for("all-done")
        same((s.work / "made").exists(), True)
    both(caro, run)


def test_a_dangerous_line_runs_only_after_yes(caro):
    def run(s, _name):
        # Of high risk wherever it is run, and nothing to push.
        s.send("git push --force; touch pushed\n")
        s.wait_for(r"run it\? \[y/N\] ")
        s.send("n\n")
        s.wait_for("ready> ")
        time.sleep(0.3)
        same((s.work / "pushed").exists(), False)
        s.send("git push --force; touch pushed\n")
        s.wait_for(r"run it\? \[y/N\] ")
        s.send("y\n")
        end = time.monotonic() + 10
        while not (s.work / "pushed").exists() and time.monotonic() < end:
            s._pump(0.1)
        same((s.work / "pushed").exists(), True)
    both(caro, run)


def test_a_critical_line_needs_the_word(caro):
    def run(s, _name):
        s.send("touch before; rm -rf /caro-no-such-root/../\n")
        s.wait_for("type 'critical' to run it: ")
        s.send("y\n")
        s.wait_for("ready> ")
        time.sleep(0.3)
        same((s.work / "before").exists(), False)
    both(caro, run)


def test_lines_that_go_on_are_judged_as_a_whole(caro):
    def run(s, _name):
        s.send("for i in 1; do\n")
        time.sleep(0.3)
        s.send("git push --force; touch pushed; done\n")
        s.wait_for(r"run it\? \[y/N\] ")
        s.send("n\n")
        s.wait_for("ready> ")
        time.sleep(0.3)
        same((s.work / "pushed").exists(), False)
    both(caro, run)


def test_it_can_be_switched_off(caro):
    def run(s, _name):
        s.send("CARO_GUARD=off\n")
        s.wait_for("ready> ")
        s.send("git push --force; echo pas''sed\n")
        s.wait_for("passed")
        lacks(s.out, "run it?")
    both(caro, run)


if __name__ == "__main__":
    main(globals())
