"""caro with real models: the right answer of the default one, and all that can go wrong with model files and caches.

  python3 tests/real/test_model.py BINARY [part of a test's name]

Models are looked for in CARO_TEST_MODEL_DIR, else where caro keeps them; a test whose model is not there is skipped."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
MODELS = pathlib.Path(os.environ.get("CARO_TEST_MODEL_DIR") or CACHE / "caro/models")
DEFAULT = MODELS / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SMALL = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
SHARED = tempfile.TemporaryDirectory(prefix="caro-real-shared-")
ANSWERED = {0, 3, 6, 17}  # the smallest model cannot do the job; it only has to end in a documented way


class Skip(Exception):
    pass


class Place:
    """Folders of its own for one test, and runs of caro in it."""

    def __init__(self, caro):
        self.caro = caro
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-real-"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.root / "home"), "LC_ALL": "C.UTF-8",
                    "XDG_CACHE_HOME": str(self.root / "cache"), "CARO_BACKEND": "embedded", "SHELL": "/bin/bash",
                    "OLLAMA_HOST": "127.0.0.1:9", "XDG_CONFIG_DIRS": str(self.root / "etc")}
        (self.root / "home").mkdir()

    def with_kept_prompt(self):
        """One cache for all tests of the default model, whose prompt takes a while to evaluate for the first time."""
        self.env["XDG_CACHE_HOME"] = SHARED.name
        return self

    def start(self, *words, before=(), stdin=subprocess.DEVNULL):
        return subprocess.Popen([*before, self.caro, *map(str, words)], env=self.env, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.root)

    def run(self, *words, before=(), timeout=400, piped=None):
        child = self.start(*words, before=before, stdin=subprocess.DEVNULL if piped is None else subprocess.PIPE)
        out, err = child.communicate(piped, timeout=timeout)
        return child.returncode, out, err

    def files(self):
        return sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())


def need(path):
    if not path.is_file():
        raise Skip(f"{path.name} is not here; scripts/get-model brings it")
    return path


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def error_lines(err):
    """An error is one line for the cause and one for the remedy."""
    lines = [line for line in err.splitlines() if line.strip() and line != "  try 'caro --help'"]
    assert 1 <= len(lines) <= 2 and lines[0].startswith("caro: error: "), err
    assert len(lines) == 1 or lines[1].startswith("  fix: "), err


def test_the_default_model_answers_right(place):
    model = need(DEFAULT)
    words = ["-m", model, "-o", "json", "list all files larger than 100MB modified in the last week"]
    place.with_kept_prompt()
    status, out, err = place.run(*words)
    same(status, 0, err)
    first = json.loads(out)
    assert re.match(r"find \S+ ", first["command"]), first["command"]
    for part in ("-size +100M", "-mtime -7"):
        assert part in first["command"], first["command"]
    same(first["risk"], "safe")
    same(first["backend"], "embedded")
    same(first["executed"], False)
    assert first["tokens"]["cached"] > 500 and first["tokens"]["prompt"] > first["tokens"]["cached"]
    # The second time the constant part of the prompt comes from disk, and the answer is the same.
    status, out, err = place.run(*words)
    same(status, 0, err)
    second = json.loads(out)
    same(second["command"], first["command"])
    assert second["timings_ms"]["prompt"] < first["timings_ms"]["prompt"] / 3, (first, second)


def test_only_the_command_goes_to_standard_output(place):
    status, out, err = place.with_kept_prompt().run("-m", need(DEFAULT), "find the ten biggest files here")
    same(status, 0, err)
    same(out.count("\n"), 1, out)
    assert "sort" in out and "head" in out, out


LOGS = {
    "bind: Address already in use (0.0.0.0:6379)\nFailed listening on port 6379 (TCP), aborting.\n": r"6379",
    "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n": r"docker",
    "Traceback (most recent call last):\n  File \"report.py\", line 3, in <module>\n    import pandas as pd\n"
    "ModuleNotFoundError: No module named 'pandas'\n": r"install pandas",
    "tar: photos/7.raw: Cannot write: No space left on device\ntar: Exiting with failure status\n": r"^(df|du) ",
    "INFO copied 17 files\n" * 3000 + "curl: (6) Could not resolve host: api.example\n": r"api\.example",
}


def test_a_log_that_is_piped_in_leads_to_a_command(place):
    model = need(DEFAULT)
    place.with_kept_prompt()
    good = 0
    for log, wanted in LOGS.items():
        status, out, err = place.run("-m", model, "why, and what do I run", piped=log)
        good += status == 0 and re.search(wanted, out) is not None
        print(f"          {out.strip() or err.strip()}")
    assert good >= 4, f"{good} of {len(LOGS)}"


def test_no_piped_text_is_too_long(place):
    dense = "".join(f"{i * 2654435761 % 2**32:08x}" for i in range(9000))
    for text in (dense, "数据库连接失败。" * 9000, "\0\1\2" * 20000):
        status, out, err = place.with_kept_prompt().run("-m", need(DEFAULT), "-o", "json", "what is wrong", piped=text)
        assert status in ANSWERED, err
        document = json.loads(out)
        if "warnings" in document:
            assert len(document["warnings"]) > 0, document


def test_what_is_no_task_has_its_own_status(place):
    status, out, err = place.with_kept_prompt().run("-m", need(DEFAULT), "write me a poem about the sea")
    same((status, out), (6, ""), err)
    error_lines(err)


def test_two_at_once_on_a_cold_cache(place):
    model = need(SMALL)
    children = [place.start("-m", model, "list files") for _ in range(2)]
    ends = []
    for child in children:
        out, err = child.communicate(timeout=400)
        assert child.returncode in ANSWERED, (child.returncode, err)
        ends.append((child.returncode, out))
    same(ends[0], ends[1])
    states = [name for name in place.files() if name.endswith(".kv")]
    same(len(states), 1, place.files())
    same([name for name in place.files() if ".tmp" in name or ".part" in name], [])


def test_an_interrupt_at_any_time_leaves_nothing_half_written(place):
    model = need(SMALL)
    for delay in (0.0, 0.02, 0.1, 0.3, 0.8, 1.5):
        child = place.start("-m", model, "list files")
        time.sleep(delay)
        child.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, err = child.communicate(timeout=30)
        # A signal in the first instant finds no handler yet, and a quick machine may have answered already.
        assert child.returncode in ANSWERED | {130, -signal.SIGINT}, (delay, child.returncode, err)
        assert time.monotonic() - begun < 5, delay
        same([name for name in place.files() if ".tmp" in name or ".part" in name], [], str(delay))
    status, _, err = place.run("-m", model, "list files")
    assert status in ANSWERED, err


def test_an_interrupt_ends_caro_at_once_with_a_big_model(place):
    """Reading the model, mapping it, reading the kept prompt, evaluating, answering: a tenth of a second each."""
    model = need(DEFAULT)
    place.with_kept_prompt()
    status, _, err = place.run("-m", model, "list files")
    same(status, 0, err)
    for cache in (SHARED.name, str(place.root / "cold")):
        place.env["XDG_CACHE_HOME"] = cache
        for delay in (0.02, 0.06, 0.12, 0.2, 0.3, 0.5, 0.9, 1.5):
            took = []
            # The quickest of some attempts has to be quick: a busy machine does not slow all of them. It still makes
            # the kernel's part of it longer, taking down a gigabyte of mapped memory, so half as much again is let pass.
            while len(took) < 8 and (not took or min(took) > 0.1):
                child = place.start("-m", model, "list all files larger than 100MB modified in the last week")
                time.sleep(delay)
                if child.poll() is None:
                    child.send_signal(signal.SIGINT)
                begun = time.monotonic()
                _, err = child.communicate(timeout=30)
                took.append(time.monotonic() - begun)
                assert child.returncode in (0, 130, -signal.SIGINT), (delay, child.returncode, err)
                assert child.returncode != 130 or err.count("interrupted") == 1, err
            assert min(took) < 0.15, f"{delay} s: {min(took) * 1000:.0f} ms"
    leftover = [name for name in place.files() if not name.endswith((".json", ".kv", ".vocab", ".json.lock"))]
    same(leftover, [])


def test_a_cache_that_cannot_be_written_is_no_obstacle(place):
    place.env["XDG_CACHE_HOME"] = "/proc/caro-cannot-be-made"
    place.env["XDG_STATE_HOME"] = "/proc/caro-cannot-be-made"
    status, _, err = place.run("-m", need(SMALL), "list files")
    assert status in ANSWERED, err
    assert status != 0 or "could not be kept in /proc/caro-cannot-be-made/caro/state" in err, err


def test_a_full_disk_is_no_obstacle_and_keeps_no_half_state(place):
    model = need(SMALL)
    cache = place.root / "cache"
    cache.mkdir()
    script = 'mount -t tmpfs -o size=64k none "$1" || exit 77; shift; "$@"; s=$?; find "$XDG_CACHE_HOME" -type f -size +0; exit $s'
    status, out, err = place.run("-m", model, "list files",
                                 before=["unshare", "-rm", "sh", "-c", script, "sh", str(cache)])
    if status == 77 or "unshare" in err:
        raise Skip("no tmpfs can be mounted here")
    assert status in ANSWERED, (status, err)
    assert ".kv" not in out, out
    assert status != 0 or "free 50 MB there" in err, err


def test_no_home(place):
    model = need(SMALL)
    del place.env["HOME"], place.env["XDG_CACHE_HOME"]
    place.env["XDG_CACHE_HOME"] = str(place.root / "c")
    status, _, err = place.run("-m", model, "list files")
    assert status in ANSWERED, err
    assert "could not be kept" not in err, err


def test_a_missing_model(place):
    for words in ([], ["-m", place.root / "none.gguf"], ["-m", "qwen2.5-coder-1.5b"]):
        status, out, err = place.run(*words, "list files")
        assert (status, out) in ((4, ""), (16, "")), (status, err)
        error_lines(err)


def test_files_that_are_no_models(place):
    damaged = place.root / "damaged.gguf"
    for name, data in (("empty", b""), ("text", b"hello\n" * 1000), ("magic only", b"GGUF"),
                       ("wrong version", b"GGUF\xff\xff\xff\x7f" + b"\0" * 4096),
                       ("huge counts", b"GGUF\x03\0\0\0" + b"\xff" * 16 + b"\0" * 4096)):
        damaged.write_bytes(data)
        status, out, err = place.run("-m", damaged, "list files")
        same((status, out), (16, ""), f"{name}: {err}")
        error_lines(err)
    status, out, err = place.run("-m", place.root, "list files")
    assert status in (4, 16) and out == "", (status, err)
    error_lines(err)


def test_a_truncated_and_a_corrupt_model(place):
    model = need(SMALL)
    damaged = place.root / "damaged.gguf"
    for name, change in (("cut", lambda f: f.truncate(40_000_000)), ("cut in the header", lambda f: f.truncate(3000)),
                         ("header overwritten", lambda f: (f.seek(16), f.write(b"\xee" * 512)))):
        shutil.copyfile(model, damaged)
        with open(damaged, "r+b") as file:
            change(file)
        status, out, err = place.run("-m", damaged, "list files")
        same((status, out), (16, ""), f"{name}: {err}")
        error_lines(err)


def test_a_request_that_does_not_fit_is_told(place):
    for words in (5000, 1600, 300):
        status, out, err = place.run("-m", need(SMALL), "word " * words)
        same((status, out), (2, ""), err[:300])
        error_lines(err)


def main():
    caro = os.path.abspath(sys.argv[1])
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (len(sys.argv) > 2 and sys.argv[2] not in name):
            continue
        place = Place(caro)
        begun = time.monotonic()
        try:
            test(place)
            result, why = "passed", ""
        except Skip as reason:
            result, why = "skipped", str(reason)
        except Exception as problem:  # noqa: BLE001: every failure is to be told
            result, why = "failed", f"{type(problem).__name__}: {problem}"
        finally:
            shutil.rmtree(place.root, ignore_errors=True)
        counts[result] += 1
        print(f"{result:8}{name} ({time.monotonic() - begun:.1f} s) {why}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
