"""Runs a shell command in a fresh copy of the fixture: own mounts (everything but the copy is read-only),
no network, own process tree, own /dev and /tmp, limits on time, output and file size."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

OUTPUT_LIMIT = 400_000

# $1 = sandbox folder, $2 = file with the command, $3 = file with the probe (may be empty).
INNER = r"""
mount --bind "$1" /srv || exit 97
cp "$2" "$3" /srv/ 2>/dev/null
mount -t tmpfs tmpfs /tmp || exit 97
mkdir /tmp/dev && mount -t tmpfs tmpfs /tmp/dev
for d in null zero full random urandom tty; do
  [ -e "/dev/$d" ] && : > "/tmp/dev/$d" && mount --bind "/dev/$d" "/tmp/dev/$d"
done
ln -s /proc/self/fd /tmp/dev/fd; ln -s fd/0 /tmp/dev/stdin; ln -s fd/1 /tmp/dev/stdout; ln -s fd/2 /tmp/dev/stderr
mount --move /tmp/dev /dev || exit 97
rmdir /tmp/dev
while read -r _ m _; do
  case $m in /srv|/tmp|/dev|/dev/*) ;; *) mount -o remount,bind,ro "$(printf '%b' "$m")" 2>/dev/null;; esac
done < /proc/mounts
cd /srv/work || exit 97
"""
RUN = r"""
export HOME=/srv/home USER=root LOGNAME=root LANG=C.UTF-8 LC_ALL=C.UTF-8 TERM=dumb TZ=UTC PAGER=cat GIT_PAGER=cat
export GIT_CONFIG_SYSTEM=/dev/null GIT_EDITOR=true EDITOR=true SHELL=/bin/bash
ulimit -t 20 -f 500000
"""


@dataclass
class Outcome:
    stdout: str
    stderr: str
    status: int
    timed_out: bool
    tree: str  # digest of the working tree after the command
    probe: str


def isolation() -> list[str] | None:
    """The unshare command that works here, or None: then nothing may be executed."""
    base = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "--kill-child"]
    for extra in ([], ["--user", "--map-root-user"]):
        words = base + extra
        if subprocess.run(words + ["true"], capture_output=True).returncode == 0:
            return words
    return None


def snapshot(root: Path) -> str:
    """Digest of path → (kind, permissions, content), without git's inner files and without times."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in folders + files:
            path = Path(folder) / name
            key = str(path.relative_to(root))
            if path.is_symlink():
                found[key] = ("link", os.readlink(path))
            elif path.is_dir():
                found[key] = ("folder", oct(path.stat().st_mode & 0o7777))
            else:
                stat = path.stat()
                with open(path, "rb") as file:
                    body = file.read(65_536)
                found[key] = ("file", oct(stat.st_mode & 0o7777), stat.st_size, hashlib.md5(body).hexdigest())
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()


def prepare(template: Path, words: list[str], setup: str, box: Path) -> Path:
    """A copy of the fixture at `box` after `setup`; returns its working directory."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(template), str(box)], check=True)
    if setup:
        done = subprocess.run(words + ["bash", "-c", INNER + RUN + setup + "\n", "bash", str(box), "/dev/null", "/dev/null"],
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"{setup}: {done.stderr.decode('utf-8', 'replace')[:200]}")
    return box / "work"


def run(command: str, template: Path, words: list[str], setup: str = "", probe: str = "",
        timeout: float = 10) -> Outcome:
    """Runs `setup`, then `command`, then `probe`; the probe's output is kept apart."""
    base = Path(tempfile.mkdtemp(prefix="caro-eval-"))
    box = base / "box"
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", str(template), str(box)], check=True)
        (base / "cmd").write_text(command + "\n")
        (base / "probe").write_text(probe + "\n")
        script = INNER + RUN + (setup + "\n" if setup else "") + (
            'bash /srv/cmd < /dev/null > /srv/out 2> /srv/err; s=$?\n'
            'bash /srv/probe < /dev/null > /srv/probed 2>/dev/null\nexit $s\n')
        timed_out = False
        try:
            done = subprocess.run(words + ["bash", "-c", script, "bash", str(box), str(base / "cmd"), str(base / "probe")],
                                  capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL)
            status, noise = done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            timed_out, status, noise = True, 124, b""

        def text(name: str) -> str:
            path = box / name
            if not path.exists():
                return ""
            with open(path, "rb") as file:
                return file.read(OUTPUT_LIMIT).decode("utf-8", "replace")

        tree = snapshot(box / "work")
        return Outcome(text("out"), text("err") or noise.decode("utf-8", "replace"), status, timed_out, tree,
                       text("probed"))
    finally:
        shutil.rmtree(base, ignore_errors=True)
