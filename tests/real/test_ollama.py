"""caro with a real Ollama server. Started by tests/servers/ollama.sh, which brings the server and says where it is:

  tests/servers/ollama.sh run python3 tests/real/test_ollama.py CARO SERVER_TESTS [part of a test's name]

SERVER_TESTS is the program of tests/servers/ollama_server_test.cpp: the same things on the back end itself."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

URL = os.environ["CARO_TEST_OLLAMA_URL"]
CHAT, BARE = os.environ["CARO_TEST_OLLAMA_MODEL"], os.environ["CARO_TEST_OLLAMA_BARE_MODEL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
ASK = "list all files larger than 10 MB under /var/log"
LIMIT = 450  # seconds; only a hang takes that long


class Skip(Exception):
    pass


class Place:
    """Folders of its own for one test, and runs of caro in it."""

    def __init__(self, caro):
        self.caro = caro
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-ollama-"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash",
                    "OLLAMA_HOST": URL, "CARO_OLLAMA_MODEL": CHAT, "CARO_TIMEOUT_MS": "400000",
                    "XDG_CONFIG_DIRS": str(self.root / "etc")}

    def start(self, *words):
        return subprocess.Popen([self.caro, *words], env=self.env, stdin=subprocess.DEVNULL, cwd=self.root,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        child = self.start(*words)
        try:
            out, err = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        return child.returncode, out, err


class Server:
    """A second server with the same models, which may be killed."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = dict(os.environ, HOME=str(folder), OLLAMA_HOST=f"127.0.0.1:{port}",
                   OLLAMA_MODELS=os.environ["CARO_TEST_OLLAMA_MODELS"], OLLAMA_NOPRUNE="1", OLLAMA_NO_CLOUD="1")
        self.child = subprocess.Popen([os.environ["CARO_TEST_OLLAMA_BIN"], "serve"], env=env, start_new_session=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/api/version", timeout=1).read()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("the second server does not start")

    def stop(self):
        """The server and its model processes, all at once."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait(timeout=20)


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.loads(urllib.request.urlopen(request, timeout=LIMIT).read())


def error_lines(err):
    """An error is one line for the cause and one for the remedy."""
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 2 and lines[0].startswith("caro: error: ") and lines[1].startswith("  fix: "), err
    return lines


def shape(value):
    """The keys and types of a document; lists may be empty, so what is in them does not count."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def test_the_back_end_itself(place):
    victim = Server(place.root)
    try:
        env = dict(os.environ, CARO_TEST_OLLAMA_VICTIM_URL=victim.url, CARO_TEST_OLLAMA_VICTIM_PID=str(victim.child.pid))
        done = subprocess.run([SERVER_TESTS, "--gtest_brief=1"], env=env, timeout=2 * LIMIT, capture_output=True, text=True)
    finally:
        victim.stop()
    assert done.returncode == 0 and "SKIPPED" not in done.stdout, done.stdout + done.stderr
    assert re.search(r"\[  PASSED  \] \d+ tests", done.stdout), done.stdout


def test_it_answers_with_the_documented_object(place):
    status, out, err = place.run("-b", "ollama", "-o", "json", ASK)
    same(status, 0, out + err)
    answer = json.loads(out)
    assert answer["command"].startswith("find /var/log") and "10M" in answer["command"], answer["command"]
    same((answer["backend"], answer["model"]), ("ollama", CHAT))
    assert answer["tokens"]["prompt"] > 500 and answer["tokens"]["generated"] > 5, answer["tokens"]
    assert answer["timings_ms"]["generate"] > 0, answer["timings_ms"]
    page = (ROOT / "docs/json-output.md").read_text()
    documented = json.loads(re.search(r"```json\n(.*?)```", page, re.S).group(1))
    same(shape(answer), shape(documented))
    # What it took is kept and shown.
    status, out, err = place.run("-b", "ollama", "backends", "-o", "json")
    same(status, 0, err)
    row = next(row for row in json.loads(out)["backends"] if row["name"] == "ollama")
    assert row["ready"] and row["chosen"] and row["local"], row
    same(row["measured"]["answers"], 1, "answers")
    assert row["measured"]["tokens_per_s"] > 0, row["measured"]


def test_bench_counts_what_it_asks(place):
    status, out, err = place.run("-b", "ollama", "-o", "json", "bench", "--concurrency", "2", "--requests", "3")
    same(status, 0, out + err)
    result = json.loads(out)
    same((result["answers"], result["failures"], result["concurrency"]), (3, 0, 2))
    assert 0 < result["first_token_ms"]["p50"] <= result["total_ms"]["p50"] <= result["total_ms"]["p95"], result
    assert result["tokens_per_s"] > 0, result


def test_only_the_command_goes_to_standard_output(place):
    status, out, err = place.run("-b", "ollama", ASK)
    same(status, 0, err)
    assert out.startswith("find /var/log") and out.count("\n") == 1, out


def test_a_model_whose_template_drops_the_system_text(place):
    # First that the trap is still there: with the server's own means the system text adds no token …
    asked = {"model": BARE, "prompt": "hi", "stream": False, "options": {"num_predict": 1, "temperature": 0}}
    without = post("/api/generate", asked)["prompt_eval_count"]
    with_system = post("/api/generate", dict(asked, system="Answer with one word. " * 20))["prompt_eval_count"]
    same(with_system, without, "tokens of a request with a system text")
    # … and then that caro does not fall into it.
    place.env["CARO_OLLAMA_MODEL"] = BARE
    status, out, err = place.run("-b", "ollama", "-o", "json", ASK)
    same(status, 0, out + err)
    answer = json.loads(out)
    assert answer["command"].startswith("find /var/log"), answer["command"]
    assert answer["tokens"]["prompt"] > 500, answer["tokens"]


def test_an_unknown_model(place):
    status, out, err = place.run("-b", "ollama", "-m", "no-such-model:1b", ASK)
    same((status, out), (4, ""), err)
    same(error_lines(err)[1], "  fix: Run: ollama pull no-such-model:1b")


def test_interrupted_it_ends_at_once(place):
    # Nothing is kept of this request's beginning, so that it takes seconds.
    child = place.start("-b", "ollama", "explain " + " ".join(f"word{n}" for n in range(600)))
    time.sleep(1.5)
    if child.poll() is not None:
        raise Skip(f"it was too fast: {child.communicate()}")
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    same((child.returncode, out), (130, ""), err)
    assert time.monotonic() - begun < 3, "it took too long to stop"


def test_a_server_killed_while_it_answers(place):
    server = Server(place.root)
    try:
        place.env["OLLAMA_HOST"] = server.url
        child = place.start("-b", "ollama", ASK)  # its model is not loaded yet and its prompt not known: seconds
        time.sleep(1.5)
        if child.poll() is not None:
            raise Skip(f"it was too fast: {child.communicate()}")
        begun = time.monotonic()
        server.stop()
        out, err = child.communicate(timeout=30)
        took = time.monotonic() - begun
        same((child.returncode, out), (7, ""), err)
        error_lines(err)
        assert took < 5, f"{took:.1f} s until it was noticed"
        # A choice that cannot answer is an error, and never silently becomes another.
        status, out, err = place.run("-b", "ollama", ASK)
        same((status, out), (7, ""), err)
        same(error_lines(err)[1], "  fix: Start it with: ollama serve")
    finally:
        server.stop()


def main():
    global SERVER_TESTS
    caro, SERVER_TESTS = (os.path.abspath(path) for path in sys.argv[1:3])
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (len(sys.argv) > 3 and sys.argv[3] not in name):
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
