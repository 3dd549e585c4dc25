"""./caro and scripts/get-model in a checkout of their own: how they are called, what they say, what they leave alone."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])


class Checkout:
    """The scripts with a program and a set-up that only tell that they were called."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder, "clone")
        self.root.mkdir()
        shutil.copy(SOURCE / "caro", self.root / "caro")
        shutil.copytree(SOURCE / "scripts", self.root / "scripts")
        self.script("build/release/src/caro", 'printf "caro"; printf " <%s>" "$@"; echo')
        self.script("scripts/setup", 'echo "set up" >&2; exit ${SETUP_STATUS:-0}')
        (self.root / "build/ready").touch()
        self.home = pathlib.Path(folder, "home")
        self.home.mkdir()

    def script(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)

    def run(self, *words, cwd=None, **variables):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), **variables}
        made = subprocess.run([str(w) for w in words], cwd=cwd or self.root, env=env, capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL)
        return made.returncode, made.stdout, made.stderr


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def test_caro_starts_however_it_is_called(checkout):
    folder = pathlib.Path(checkout.root.parent, "bin")
    folder.mkdir()
    (folder / "caro").symlink_to(checkout.root / "caro")
    (folder / "again").symlink_to("caro")
    wanted = (0, "caro <what's here?> <-x>\n", "")
    words = ["what's here?", "-x"]
    same(checkout.run("./caro", *words), wanted)
    same(checkout.run("bash", "caro", *words), wanted, "bash caro")
    same(checkout.run("clone/caro", *words, cwd=checkout.root.parent), wanted, "from above")
    same(checkout.run(checkout.root / "caro", *words, cwd="/"), wanted, "by its whole path")
    same(checkout.run(folder / "caro", *words, cwd="/"), wanted, "through a link")
    same(checkout.run(folder / "again", *words, cwd="/"), wanted, "through two links")


def test_caro_sets_up_only_when_it_must(checkout):
    same(checkout.run("./caro"), (0, "caro <>\n", ""))
    head = checkout.root / ".git/HEAD"
    head.parent.mkdir()
    head.touch()
    os.utime(head, (4e9, 4e9))
    same(checkout.run("./caro"), (0, "caro <>\n", "set up\n"), "after a checkout")
    same(checkout.run("./caro", SETUP_STATUS="7"), (7, "", "set up\n"), "when it fails")


def test_get_model_says_what_is_wrong(checkout):
    status, out, err = checkout.run("scripts/get-model", "nonsense")
    same((status, out), (1, ""))
    assert "there is no model 'nonsense'" in err and "fix: Choose one of" in err, err
    for model in ("default", "0.5b", "135m"):
        status, out, err = checkout.run("scripts/get-model", model, HF_HUB_OFFLINE="1")
        same((status, out, len(err.splitlines())), (1, "", 2), model)
        assert "HF_HUB_OFFLINE" in err, err
    same(list(checkout.home.iterdir()), [], "offline")


def test_get_model_takes_what_is_there(checkout):
    name, size = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", 1117320768
    hub = checkout.home / ".cache/huggingface/hub/models--Qwen--Qwen2.5-Coder-1.5B-Instruct-GGUF/snapshots/abc"
    for folder in (checkout.home / ".cache/caro/models", hub):
        folder.mkdir(parents=True)
        with open(folder / name, "wb") as file:
            file.truncate(size)
        same(checkout.run("scripts/get-model", HF_HUB_OFFLINE="1"), (0, "", ""), str(folder))
        (folder / name).unlink()


def test_a_stopped_script_says_so_once(checkout):
    # set-up calls get-model, which hangs in a curl that Ctrl-C (to the whole group) ends.
    checkout.script("bin/curl", 'echo begun >&2; exec sleep 30')
    checkout.script("scripts/outer", "")
    (checkout.root / "scripts/outer").write_text(
        '#!/usr/bin/env bash\nset -euo pipefail\n. "$(dirname "$0")/lib.sh"\nscripts/get-model 0.5b\n')
    env = {"PATH": f"{checkout.root}/bin:{os.environ['PATH']}", "HOME": str(checkout.home)}
    process = subprocess.Popen(["scripts/outer"], cwd=checkout.root, env=env, stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    same(process.stderr.readline(), "begun\n")
    os.killpg(process.pid, signal.SIGINT)
    same(process.communicate(timeout=30)[1], "caro: stopped; the same command goes on from here\n")
    same(process.returncode, -signal.SIGINT)
    models = checkout.home / ".cache/caro/models"
    same([path.name for path in models.iterdir() if path.suffix in (".gguf", ".part")], [])


def main():
    failed = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory(prefix="caro-scripts-") as folder:
            try:
                test(Checkout(folder))
                print(f"ok     {name}")
            except Exception as problem:  # noqa: BLE001: every failure is to be told
                failed += 1
                print(f"FAILED {name}: {type(problem).__name__}: {problem}")
    sys.exit(1 if failed else 0)


main()
