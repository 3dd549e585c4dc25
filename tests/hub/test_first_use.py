"""The first request on a machine without a model: one question in a terminal, an exact remedy in a script.

  python3 tests/hub/test_first_use.py BINARY [part of a test's name]

Needs the embedded engine, and the real bytes of SmolLM2-135M (as test_models.py)."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "pty")]
from hub import Hub  # noqa: E402
from terminal import Session, has, lacks, main, plain, same  # noqa: E402
from test_models import SMOL, SMOL_REPO  # noqa: E402

QUESTION = r"Download smollm2-135m, 98 MB, Apache-2.0\? \[y/N\] "
ANSWERED = {0, 3, 5, 6, 17}  # the smallest model cannot do the job; it only has to end in a documented way


def environment(hub, **more):
    return {"CARO_BACKEND": "auto", "CARO_MODEL": "smollm2-135m", "OLLAMA_HOST": "127.0.0.1:9", "HF_ENDPOINT": hub.url,
            "no_proxy": "*", **more}


def hub():
    return Hub({SMOL_REPO: {SMOL.name: SMOL}})


def cached(session):
    return session.home / ".cache/caro/models" / SMOL.name


def test_yes_fetches_and_answers(caro):
    with hub() as server:
        s = Session([caro, "-n", "list all files"], env=environment(server))
        shown = s.wait_for(QUESTION)
        has(shown, "caro has no model on this machine yet")
        same(server.requests, [], "nobody is asked before the yes")
        s.send("y")
        s.wait_for(r"98 MB of 98 MB", 60)
        # Whatever the model says: a menu, a refusal or an error of its own, never that there is no model.
        try:
            s.wait_for(r"(uit|no)  $", 60)
            s.send("q")
        except AssertionError:
            pass
        status = s.finish(60) if s.status is None else s.status
        assert status in ANSWERED, (status, s.out)
        lacks(plain(s.raw), "no back end is ready")
        same(len(server.bodies()), 1)


def test_no_is_taken_for_a_no(caro):
    for key in ("n", "\r", "\x1b", "\x04"):
        with hub() as server:
            s = Session([caro, "list all files"], env=environment(server))
            s.wait_for(QUESTION)
            s.send(key)
            s.wait_for("caro models pull smollm2-135m")
            same(cached(s).exists(), False)
            same(s.finish(), 5, repr(key))
            same(server.requests, [])


def test_keys_typed_before_the_question_are_dropped(caro):
    with hub() as server:
        s = Session([caro, "list all files"], env=environment(server))
        s.send("yyy")
        s.wait_for(QUESTION)
        s.send("n")
        same(s.finish(), 5)
        same(server.requests, [])


def test_ctrl_c_at_the_question(caro):
    with hub() as server:
        s = Session([caro, "list all files"], env=environment(server))
        s.wait_for(QUESTION)
        s.send("\x03")
        same(s.finish(), 130)
        same(server.requests, [])


def test_ctrl_c_while_fetching_keeps_what_came(caro):
    with hub() as server:
        server.faults.rate = 3_000_000
        s = Session([caro, "list all files"], env=environment(server))
        s.wait_for(QUESTION)
        s.send("y")
        s.wait_for(r"\d%  \d+(\.\d)? MB of 98 MB  .*left", 30)
        s.send("\x03")
        s.wait_for("goes on where it stopped")
        same(len(list(cached(s).parent.glob("*.part"))), 1)
        same(s.finish(), 130)


def test_when_the_terminal_is_asked(caro):
    with hub() as server:
        s = Session(["/bin/sh", "-c", f"echo context | '{caro}' -n what is this"], env=environment(server))
        s.wait_for(QUESTION)
        s.send("n")
        same(s.finish(), 5)
        for words, more in ((["--no-input"], {}), ([], {"HF_HUB_OFFLINE": "1"}), (["-o", "json"], {})):
            s = Session([caro, *words, "list all files"], env=environment(server, **more))
            same(s.finish(), 4)
            lacks(plain(s.raw), "[y/N]")
        same(server.requests, [])


def test_the_setting_answers_for_you(caro):
    with hub() as server:
        s = Session([caro, "-n", "list all files"], env=environment(server, CARO_MODELS_AUTO_DOWNLOAD="true"))
        s.wait_for(r"98 MB of 98 MB", 60)
        lacks(plain(s.raw), "[y/N]")
        s.wait_for(r"(uit|no)  $|caro: ", 60)
        s.send("q")
        assert s.finish(60) in ANSWERED


def test_pull_asks_about_a_licence_only(caro):
    with hub() as server:
        server.files["Qwen/Qwen2.5-Coder-3B-Instruct-GGUF"] = {"qwen2.5-coder-3b-instruct-q4_k_m.gguf": SMOL}
        s = Session([caro, "models", "pull", "qwen2.5-coder-3b"], env=environment(server))
        s.wait_for(r"for research and not for commercial use. Download qwen2.5-coder-3b, Qwen-Research\? \[y/N\] ")
        s.send("n")
        same(s.finish(), 5)
        same(server.requests, [])
        s = Session([caro, "models", "pull", "smollm2-135m"], env=environment(server))
        s.wait_for(r"fetching smollm2-135m \(98 MB, Apache-2.0\)")
        s.wait_for(r"█.*100%")
        same(s.finish(), 0)
        lacks(plain(s.raw), "[y/N]")


def test_rm_asks(caro):
    with hub() as server:
        def put(session):
            cached(session).parent.mkdir(parents=True)
            shutil.copyfile(SMOL, cached(session))

        for key, told, status, left in (("n", r"\[y/N\] n", 5, True), ("y", "removed SmolLM2", 0, False)):
            s = Session([caro, "models", "rm", "smollm2-135m"], env=environment(server), before=put)
            s.wait_for(r"Remove SmolLM2-135M-Instruct.Q4_1.gguf \(98 MB\)\?")
            s.send(key)
            s.wait_for(told)
            same(cached(s).exists(), left)
            same(s.finish(), status)


def test_a_script_gets_the_remedy(caro):
    with hub() as server:
        home = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"caro-first-use-{os.getpid()}"
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash", **environment(server)}
        del env["CARO_MODEL"]
        for more in ([], ["-b", "embedded"], ["-y"], ["-x"], ["-o", "json"], ["-m", "owner/name:Q4_K_M"]):
            done = subprocess.run([caro, *more, "list all files"], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=30, check=False)
            same(done.returncode, 4, (more, done.stdout, done.stderr))
            name = "owner/name:Q4_K_M" if "-m" in more else "qwen2.5-coder-1.5b"
            has(done.stdout if "json" in more else done.stderr, f"caro models pull {name}")
            assert "json" in more or done.stdout == "", done.stdout
        same(server.requests, [])


if __name__ == "__main__":
    if not SMOL.is_file():
        print(f"skipped: {SMOL.name} is not here; scripts/get-model 135m brings it")
        sys.exit(77)
    if not re.search("embedded", subprocess.run([sys.argv[1], "backends"], capture_output=True, text=True,
                                                env={"PATH": os.environ["PATH"], "OLLAMA_HOST": "127.0.0.1:9"},
                                                stdin=subprocess.DEVNULL, timeout=60, check=False).stdout):
        print("skipped: this build has no embedded engine")
        sys.exit(77)
    main(dict(globals()))
