"""caro against a real Ollama; run by tests/servers/ollama.sh, which starts one and says where it is.

  CARO_TEST_MODEL=FILE.gguf tests/servers/ollama.sh run python3 tests/real/test_ollama.py BINARY"""
import json
import os
import pathlib
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
SCHEMA = ["command", "explanation", "risk", "findings", "alternatives", "backend", "model", "shell", "executed", "exit_code",
          "timings_ms", "tokens", "warnings"]


class Place:
    def __init__(self, caro):
        self.caro = caro
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-ollama-"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash",
                    "CARO_OLLAMA_URL": URL, "CARO_TIMEOUT_MS": "240000", "XDG_CONFIG_DIRS": str(self.root)}

    def start(self, *words):
        return subprocess.Popen([self.caro, "-b", "ollama", *words], env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        child = self.start(*words)
        out, err = child.communicate(timeout=300)
        return child.returncode, out, err


def answered(place, model):
    status, out, err = place.run("-m", model, "-o", "json", "show the current directory's files with sizes")
    assert status == 0, (status, out, err)
    answer = json.loads(out)
    assert list(answer) == SCHEMA, list(answer)
    assert answer["backend"] == "ollama" and answer["model"] == model, answer
    assert answer["command"].split()[0] in ("ls", "du", "find", "stat"), answer["command"]
    return answer


def test_it_answers_in_the_schema_of_all_back_ends(place):
    answer = answered(place, CHAT)
    assert answer["tokens"]["generated"] > 0 and answer["timings_ms"]["generate"] > 0, answer


def test_a_template_that_drops_the_system_text_does_not_matter(place):
    answer = answered(place, BARE)
    # Rules and examples arrived.
    assert answer["tokens"]["prompt"] > 500, answer["tokens"]


def test_the_command_streams_to_standard_output_alone(place):
    status, out, err = place.run("-m", CHAT, "print the working directory")
    assert status == 0 and out.count("\n") == 1, (status, out, err)


def test_an_unknown_model_names_the_pull(place):
    status, out, err = place.run("-m", "no-such-model:1b", "list files")
    assert status == 4 and out == "", (status, out, err)
    assert "ollama pull no-such-model:1b" in err, err


def test_ctrl_c_stops_at_once(place):
    child = place.start("-m", CHAT, "list files by size, then by name, then by date, and count them")
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    child.communicate(timeout=20)
    assert child.returncode in (130, 0), child.returncode  # a quick machine may have answered
    assert time.monotonic() - begun < 1


def test_a_server_that_dies_while_it_answers(place):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "OLLAMA_HOST": f"127.0.0.1:{port}", "OLLAMA_MODELS": os.environ["CARO_TEST_OLLAMA_MODELS"],
           "HOME": str(place.root)}
    server = subprocess.Popen([os.environ["CARO_TEST_OLLAMA_BIN"], "serve"], env=env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/version", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        place.env["CARO_OLLAMA_URL"] = f"http://127.0.0.1:{port}"
        child = place.start("-m", CHAT, "list files by size, then by name, then by date, and count them")
        time.sleep(1.5)
        os.killpg(server.pid, signal.SIGKILL)
        begun = time.monotonic()
        out, err = child.communicate(timeout=60)
        assert child.returncode in (7, 17), (child.returncode, out, err)
        assert out == "" and err.startswith("caro: error: ") and "  fix: " in err, err
        assert time.monotonic() - begun < 10
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        server.wait()


def test_backends_shows_it_ready(place):
    status, out, _ = place.run("backends", "-o", "json")
    row = next(row for row in json.loads(out)["backends"] if row["name"] == "ollama")
    assert status == 0 and row["ready"] and row["local"], row


def main():
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        place = Place(os.path.abspath(sys.argv[1]))
        begun = time.monotonic()
        try:
            test(place)
            result = "passed"
        except Exception as problem:  # noqa: BLE001: every failure is to be told
            failed += 1
            result = f"FAILED {type(problem).__name__}: {problem}"
        finally:
            shutil.rmtree(place.root, ignore_errors=True)
        print(f"{name} ({time.monotonic() - begun:.1f} s) {result}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
