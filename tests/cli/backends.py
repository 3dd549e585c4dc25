#!/usr/bin/env python3
"""caro as a program with servers that play the recordings of tests/captures: the same document whatever the back end,
statuses of failures, what leads to another back end and what does not, no key in any output, Ctrl-C at once.

  backends.py CARO"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY = "sk-program-test-key-0815"


def capture(name):
    return (ROOT / "tests/captures" / f"{name}.http").read_bytes()


def refusal(status, head=""):
    body = json.dumps({"error": {"message": f"no, {KEY}"}})
    return f"HTTP/1.1 {status} No\r\nContent-Length: {len(body)}\r\n{head}\r\n{body}".encode()


class Server:
    """Answers each request by the first route its first line begins with. None = silence."""

    def __init__(self, routes):
        self.routes, self.lines = routes, []
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(20)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer = self.socket.accept()[0]
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        text = b""
        while b"\r\n\r\n" not in text:
            text += peer.recv(65536) or b"\r\n\r\n"
        head, _, body = text.partition(b"\r\n\r\n")
        length = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
        while len(body) < length:
            body += peer.recv(65536)
        line = head.split(b"\r\n")[0].decode()
        self.lines.append(line)
        answer = next((answer for match, answer in self.routes.items() if line.startswith(match)), b"")
        if answer is None:
            time.sleep(20)
        try:
            peer.sendall(answer or b"")
        except OSError:
            pass
        peer.close()


def vllm(chat=None, models=None):
    return Server({"GET /v1/models": models or capture("vllm-models"),
                   "POST /v1/chat": chat or capture("vllm-chat-stream")})


def ollama(generate=None):
    return Server({"GET /api/tags": capture("ollama-tags"), "POST /api/show": capture("ollama-show-bare"),
                   "POST /api/generate": generate or capture("ollama-generate-raw")})


class Place:
    """Folders of its own, and runs of caro in it. Every output is looked through for the key."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="caro-backends-")
        home = self.folder.name
        self.env = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash",
                    "XDG_CONFIG_DIRS": home, "CARO_VLLM_API_KEY": KEY, "CARO_TIMEOUT_MS": "10000",
                    "OLLAMA_HOST": "127.0.0.1:1", "CARO_MODEL": ""}

    def start(self, *words):
        return subprocess.Popen([CARO, *words], env=self.env, cwd=self.folder.name, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        child = self.start(*words)
        out, err = child.communicate(timeout=60)
        assert KEY not in out + err and KEY[3:] not in out + err, f"the key is shown: {out}{err}"
        return child.returncode, out, err


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def shape(value):
    """Keys and types of a document; lists may be empty, so what is in them does not count."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def test_one_document_for_all(place):
    page = (ROOT / "docs/json-output.md").read_text()
    documented = shape(json.loads(re.search(r"```json\n(.*?)```", page, re.S).group(1)))
    place.env.update(CARO_VLLM_URL=vllm().url, OLLAMA_HOST=ollama().url)
    for name in ("ollama", "vllm"):
        status, out, err = place.run("-b", name, "--json", "count the lines of notes.txt")
        same(status, 0, err)
        answer = json.loads(out)
        same(shape(answer), documented, name)
        same((answer["command"], answer["backend"]), ("wc -l notes.txt", name))
        assert answer["tokens"]["prompt"] == 25 and answer["tokens"]["generated"] == 11, answer["tokens"]
    status, out, err = place.run("backends", "--json")
    rows = {row["name"]: row for row in json.loads(out)["backends"]}
    for name in ("ollama", "vllm"):
        assert rows[name]["ready"] and rows[name]["measured"]["answers"] == 1, rows[name]


def test_failures_have_their_statuses(place):
    for status, wanted in ((401, 13), (403, 14), (404, 4), (408, 15), (429, 15), (500, 4), (502, 4)):
        place.env["CARO_VLLM_URL"] = vllm(chat=refusal(status)).url
        got, out, err = place.run("-b", "vllm", "list files")
        same((got, out), (wanted, ""), f"{status}: {err}")
        assert err.startswith("caro: error: ") and "\n  fix: " in err, err


def test_what_leads_to_another_back_end(place):
    for status, fallback, wanted in ((500, "true", 0), (500, "false", 4), (401, "true", 13), (403, "true", 14)):
        other = ollama()
        place.env.update(CARO_VLLM_URL=vllm(chat=refusal(status)).url, OLLAMA_HOST=other.url, CARO_FALLBACK=fallback)
        got, out, err = place.run("-b", "vllm", "count the lines of notes.txt")
        same(got, wanted, f"{status} with fallback={fallback}: {err}")
        same(bool(other.lines), wanted == 0, f"{status} with fallback={fallback}: the other server was asked")
        if wanted == 0:
            same(out, "wc -l notes.txt\n")
            assert "is used instead" in err, err


def test_a_key_is_in_no_output(place):
    place.env["CARO_VLLM_URL"] = vllm(chat=refusal(400), models=refusal(500)).url
    for words in (["-v", "-b", "vllm", "list files"], ["-b", "vllm", "--json", "list files"], ["-v", "backends"],
                  ["backends", "--json"], ["-v", "doctor"], ["doctor", "--json"], ["config", "show"], ["--version"]):
        place.run(*words)
    for path in pathlib.Path(place.folder.name).rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), f"the key is stored in {path}"


def test_interrupted_it_ends_at_once(place):
    silent = Server({"": None})
    place.env.update(CARO_VLLM_URL=silent.url, OLLAMA_HOST=silent.url)
    # One waits for an answer, the other (no model here, no choice) for the servers it asks whether they are there.
    for words, after in ((["-b", "vllm", "-m", "m", "list files"], 0.6), (["list files"], 0.1)):
        child = place.start(*words)
        seen = len(silent.lines)
        while len(silent.lines) == seen and child.poll() is None:
            time.sleep(0.01)
        time.sleep(after if after > 0.5 else 0)
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
        took = time.monotonic() - begun
        same((child.returncode, out), (130, ""), err)
        assert took < 0.5, f"it took {took * 1000:.0f} ms to stop"  # 0.1 s and a busy machine
        print(f"         {' '.join(words)}: stopped {took * 1000:.0f} ms after Ctrl-C")


def main():
    failed = 0
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            place = Place()
            try:
                test(place)
                print(f"passed   {name}", flush=True)
            except Exception as problem:  # noqa: BLE001: every failure is to be told
                failed += 1
                print(f"FAILED   {name}: {type(problem).__name__}: {problem}", flush=True)
            place.folder.cleanup()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    CARO = os.path.abspath(sys.argv[1])
    main()
