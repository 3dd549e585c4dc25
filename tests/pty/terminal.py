"""A program in a pseudo-terminal: what it prints, keys sent to it, its end. Standard library only."""
import atexit
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time


class Session:
    """Runs the words in a pseudo-terminal of `columns` with an environment of its own."""

    def __init__(self, words, answers=("ls",), columns=100, env=None, before=None, cwd=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-pty-"))
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)  # also if the test never closes it
        self.home = self.root / "home"
        self.work = pathlib.Path(cwd) if cwd else self.root / "work"
        self.home.mkdir()
        (self.root / "work").mkdir(exist_ok=True)
        (self.root / "answers").write_text("".join(line + "\n" for line in answers))
        environment = {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "SHELL": "/bin/bash", "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8", "CARO_BACKEND": "scripted", "SCRIPTED_ANSWERS": str(self.root / "answers"),
            "XDG_CONFIG_DIRS": str(self.root / "etc"), "TMPDIR": str(self.root)}
        environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        environment.update(env or {})
        if before:
            before(self)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(self.work)
                os.execve(words[0], [str(w) for w in words], environment)
            finally:
                os._exit(99)
        self.resize(columns)
        self.raw = ""  # all that was printed
        self._bytes = b""
        self._seen = 0  # length of the plain text that wait_for has gone past
        self.status = None

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _pump(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            got = os.read(self.fd, 65536)
        except OSError:  # Linux says so when the other side is closed
            got = b""
        self._bytes += got
        self.raw = self._bytes.decode("utf-8", "replace")
        return bool(got)

    @property
    def out(self):
        """What was printed since the last match, without colours and cursor movements."""
        return plain(self.raw)[self._seen:]

    def wait_for(self, pattern, seconds=15):
        """Waits until the plain output since the last match matches; returns all of it up to the match's end."""
        end = time.monotonic() + seconds
        while True:
            text = self.out
            found = re.search(pattern, text)
            if found:
                self._seen += found.end()
                return text[:found.end()]
            if time.monotonic() > end or not self._pump(0.05):
                raise AssertionError(f"no {pattern!r} in {text!r}")

    def send(self, text):
        os.write(self.fd, text.encode())

    def finish(self, seconds=20):
        """Exit status (128 + signal if it was killed); what was printed is in `out`."""
        end = time.monotonic() + seconds
        while self.status is None:
            self._pump(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                if self.status < 0:
                    self.status = 128 - self.status
            elif time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"did not end; printed {self.out!r}")
        while self._pump(0.05) and select.select([self.fd], [], [], 0)[0]:
            pass
        self.close()
        return self.status

    def close(self):
        try:
            os.close(self.fd)
        except OSError:
            pass
        shutil.rmtree(self.root, ignore_errors=True)

    def modes(self):
        """(canonical input?, echo?) of the terminal as it is now."""
        local = termios.tcgetattr(self.fd)[3]
        return bool(local & termios.ICANON), bool(local & termios.ECHO)


def plain(text):
    """Without colours and cursor movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


def same(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def has(text, part):
    if part not in text:
        raise AssertionError(f"no {part!r} in {text!r}")


def lacks(text, part):
    if part in text:
        raise AssertionError(f"{part!r} in {text!r}")


def main(tests):
    """Runs the functions whose name begins with test_; exit status 1 if one fails."""
    failed = 0
    chosen = [value for name, value in sorted(tests.items()) if name.startswith("test_") and callable(value)]
    for test in chosen:
        if len(sys.argv) > 2 and sys.argv[2] not in test.__name__:
            continue
        try:
            test(os.path.abspath(sys.argv[1]))
        except Exception as problem:  # noqa: BLE001: every failure is to be told
            failed += 1
            print(f"FAILED {test.__name__}: {type(problem).__name__}: {problem}")
        else:
            print(f"ok     {test.__name__}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def run(words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=60, check=False, **options)
