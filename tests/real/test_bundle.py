"""A program that carries its model, on a machine with nothing else: test_bundle.py CARO"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
MODEL = CACHE / "caro/models/SmolLM2-135M-Instruct.Q4_1.gguf"

# What so small a model says is hardly ever a command worth running, but each of these statuses comes after it has spoken:
# an answer, one that is refused, no command at all, one that never ends.
SPOKE = (0, 3, 6, 17)


def run(words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL, **options)


def bare_root(folder, program):
    """A file system with the program and the C library, and nothing else: no /proc, no /tmp, no certificates."""
    root = folder / "root"
    root.mkdir()
    shutil.copy(program, root / "caro-full")
    for library in re.findall(r"/\S+", run(["ldd", program]).stdout):
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(library), target)
    return root


def main():
    caro = sys.argv[1]
    if not MODEL.exists():
        print(f"skipped: {MODEL} is not here; scripts/get-model 135m brings it")
        return 77
    with tempfile.TemporaryDirectory(prefix="caro-bundle-") as name:
        folder = pathlib.Path(name)
        full = folder / "caro-full"
        env = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
        made = run([caro, "models", "bundle", full, "-m", MODEL], env=env)
        assert made.returncode == 0 and full.exists(), made
        assert os.stat(full).st_mode & 0o111
        version = run([full, "--version"], env=env)
        assert "model inside: SmolLM2-135M" in version.stdout, version
        listed = run([full, "models", "path"], env=env)
        assert listed.stdout.strip() == str(full), listed
        table = run([full, "models"], env=env).stdout
        assert re.search(r"^\*  smollm2-135m +98 MB .*inside this program", table, re.M), table
        assert table.count("\n*") == 1, table
        verified = run([full, "models", "verify", "smollm2-135m"], env=env)
        assert verified.returncode == 0 and verified.stdout.startswith("good "), verified
        removed = run([full, "models", "rm", "-y", "smollm2-135m"], env=env)
        assert removed.returncode == 2 and full.exists(), removed
        if os.geteuid() == 0:
            root = bare_root(folder, full)
            answer = run([shutil.which("chroot"), root, "/caro-full", "show disk usage"], env={"HOME": "/", "CARO_ENGINE_THREADS": "1"})
            assert answer.returncode in SPOKE, answer
            print("answered in a bare root:", answer.stdout.strip() or answer.stderr.strip())
        else:
            print("not root: no bare root is tried")
            answer = run([full, "show disk usage"], env=env, cwd=folder)
            assert answer.returncode in SPOKE, answer
        cut = folder / "cut"
        data = full.read_bytes()
        cut.write_bytes(data[:-300] + data[-256:])
        cut.chmod(0o755)
        damaged = run([cut, "--version"], env=env)
        assert damaged.returncode == 0 and "cannot be used" in damaged.stdout, damaged
        cut.write_bytes(data[:-5_000_000])  # a download that ended early: no footer at all
        damaged = run([cut, "--version"], env=env)
        assert damaged.returncode == 0 and "cut short" in damaged.stdout, damaged
        asked = run([cut, "list files"], env=env)
        assert asked.returncode not in (0, 139) and "caro: " in asked.stderr, asked
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
