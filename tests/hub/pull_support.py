"""What the tests of downloads share: a home of its own with a hub, checks, a proxy, a small disk."""
import hashlib
import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time


sys.path.insert(0, os.path.dirname(__file__))
import hub as hubs  # noqa: E402

CARO = os.path.abspath(sys.argv[1])
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
MODEL = pathlib.Path(CACHE, "caro/models/SmolLM2-135M-Instruct.Q4_1.gguf")
REPO, FILE = "maker/tiny-GGUF", "tiny-q4.gguf"
REF = f"{REPO}/{FILE}"
SMALL = 3_000_000  # bytes of the model that the quick tests use


def gguf(size):
    """A GGUF file of that many bytes: one tensor of bytes."""
    def text(value):
        return struct.pack("<Q", len(value)) + value

    def header(count):
        return (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
                + text(b"t") + struct.pack("<IQIQ", 1, count, 24, 0))

    begin = (len(header(0)) + 31) // 32 * 32
    return header(size - begin).ljust(begin, b"\0") + random.Random(1).randbytes(size - begin)


class Skip(Exception):
    pass


class Place:
    """A home of its own, with a hub."""

    def __init__(self, model=None, tls=False):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-hub-"))
        self.cache = self.root / "cache"
        if model is None:
            model = self.root / "small.gguf"
            model.write_bytes(gguf(SMALL))
        self.model = pathlib.Path(model)
        self.hub = hubs.Hub({REPO: {FILE: self.model}}, self.root / "tls" if tls else None)
        self.tls = tls

    def env(self, **extra):
        env = {"HOME": str(self.root), "XDG_CACHE_HOME": str(self.cache), "XDG_CONFIG_HOME": str(self.root / "config"),
               "PATH": os.environ["PATH"], "HF_ENDPOINT": self.hub.url, "LC_ALL": "C.UTF-8"}
        if self.tls:
            env["SSL_CERT_FILE"] = str(self.root / "tls/ca.pem")
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env.update(extra)
        return env

    def start(self, *words, **extra):
        return subprocess.Popen([CARO, "models", *words], env=self.env(**extra), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, timeout=120, **extra):
        process = self.start(*words, **extra)
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err

    def pull(self, ref=REF, **extra):
        return self.run("pull", "--yes", ref, **extra)

    @property
    def models(self):
        return self.cache / "caro/models"

    def files(self):
        return sorted(p.name for p in self.models.glob("*") if not p.name.startswith(".")) if self.models.exists() else []

    def parts(self):
        return [p for p in self.models.glob("*.part")]

    def part_size(self):
        try:
            return sum(p.stat().st_size for p in self.parts())
        except FileNotFoundError:  # renamed between the two
            return 0

    def await_part(self, size, process, seconds=20):
        """Until that many bytes of a download are there, or the program that fetches them has ended."""
        until(lambda: self.part_size() >= size or process.poll() is not None, seconds)

    def check_whole(self):
        same(self.files(), [FILE])
        same(digest(self.models / FILE), digest(self.model))
        entries = json.loads((self.cache / "caro/manifest.json").read_text())["models"]
        same([(e["file"], e["sha256"], e["size"], e["repo"], e["revision"]) for e in entries],
             [(FILE, digest(self.model), self.model.stat().st_size, REPO, hubs.COMMIT)])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hub.close()
        shutil.rmtree(self.root, ignore_errors=True)


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: {got!r} instead of {wanted!r}"


def has(text, part):
    assert part in text, f"no {part!r} in {text!r}"


def failed(result, code, *parts):
    same(result[0], code, f"status ({result[2].strip()})")
    for part in parts:
        has(result[2], part)
    lines = [line for line in result[2].splitlines() if line.startswith("caro: ")]
    assert lines, f"no message: {result[2]!r}"


def ok(result):
    same(result[0], 0, f"status ({result[2].strip()})")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "never came to it"
        time.sleep(0.01)


class mounted:
    """A small file system of its own; needs the rights to mount one."""

    def __init__(self, options):
        self.options = options

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="caro-mount-"))
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", self.options, "tmpfs", str(self.folder)], capture_output=True, check=False)
        if made.returncode != 0:
            self.folder.rmdir()
            raise Skip("cannot mount a file system here")
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        self.folder.rmdir()


class Proxy:
    """Passes connections on to this machine, whatever host they are for, and keeps the requests' first lines."""

    def __enter__(self):
        lines = self.lines = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_CONNECT(self):
                lines.append(self.requestline)
                there = socket.create_connection(("127.0.0.1", int(self.path.rpartition(":")[2])))
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
                back.start()
                pump(self.connection, there)
                back.join()
                self.close_connection = True

        def pump(source, target):
            try:
                while piece := source.recv(1 << 16):
                    target.sendall(piece)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def main(tests):
    if not MODEL.exists():
        print(f"skipped: {MODEL} is not here; scripts/get-model 135m brings it")
        sys.exit(77)
    chosen = [t for name, t in tests.items() if name.startswith("test_") and (len(sys.argv) < 3 or sys.argv[2] in name)]
    passed = skipped = lost = 0
    for test in chosen:
        began = time.monotonic()
        try:
            test()
        except Skip as why:
            skipped += 1
            print(f"skip   {test.__name__}: {why}")
        except Exception as problem:  # noqa: BLE001: every failure is to be told
            lost += 1
            print(f"FAILED {test.__name__}: {type(problem).__name__}: {problem}")
        else:
            passed += 1
            print(f"ok     {test.__name__} ({time.monotonic() - began:.1f} s)")
    print(f"{passed} passed, {skipped} skipped, {lost} failed")
    sys.exit(1 if lost else 0)
