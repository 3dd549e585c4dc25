"""caro models pull against a hub on loopback: resuming, wrong bytes, full disks, many at once.

test_pull.py CARO [NAME]   runs all tests, or those with NAME in their name

The bytes are those of the 135M model that scripts/get-model 135m brings.
"""
import fcntl
import hashlib
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
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


def test_pull_brings_the_bytes_and_notes_them():
    with Place() as p:
        ok(p.pull(HF_TOKEN="hf_secret"))
        p.check_whole()
        assert any("Authorization" in r[3] for r in p.hub.requests if r[0] == "hub"), "the hub never saw the token"
        assert not any("Authorization" in r[3] for r in p.hub.requests if r[0] == "storage"), "the storage saw the token"
        before = len(p.hub.bodies())
        ok(p.pull())
        same(len(p.hub.bodies()), before, "downloads after the second pull")


def test_over_tls_with_a_test_authority():
    with Place(tls=True) as p:
        ok(p.pull())
        p.check_whole()
        result = p.pull("maker/other/x.gguf", SSL_CERT_FILE="/dev/null")
        assert result[0] != 0 and "certificate" in result[2], result


def test_lost_connections_are_taken_up_again():
    with Place() as p:
        p.hub.faults.cut_after = 700_000
        ok(p.pull())
        p.check_whole()
        assert len(p.hub.bodies()) >= 4


def test_several_connections_where_each_is_held_back():
    with Place(MODEL) as p:
        p.hub.faults.rate = 6_000_000
        began = time.monotonic()
        ok(p.pull())
        took = time.monotonic() - began
        p.check_whole()
        size = MODEL.stat().st_size
        assert took < 0.75 * size / p.hub.faults.rate, f"{took:.1f} s, where one connection takes {size / p.hub.faults.rate:.1f} s"
        pieces = [r[3].get("Range", "") for r in p.hub.bodies()]
        assert sum(bool(re.fullmatch(r"bytes=\d+-\d+", r)) for r in pieces) >= 8, pieces
        assert not any("Authorization" in r[3] for r in p.hub.bodies())


def test_one_connection_where_several_are_no_quicker():
    with Place(MODEL) as p:
        p.hub.faults.shared_rate = 14_000_000
        ok(p.pull())
        p.check_whole()
        ranges = [r[3].get("Range", "") for r in p.hub.bodies()]
        assert any(re.fullmatch(r"bytes=\d+-\d+", r) for r in ranges), "several were never tried"
        assert re.fullmatch(r"bytes=\d+-", ranges[-1]), f"it stayed with several: {ranges}"


def test_killed_with_several_connections():
    with Place(MODEL) as p:
        p.hub.faults.rate = 6_000_000
        process = p.start("pull", "--yes", REF)
        until(lambda: any(re.fullmatch(r"bytes=\d+-\d+", r[3].get("Range", "")) for r in p.hub.bodies()))
        p.await_part(p.part_size() + 12_000_000, process)
        process.kill()
        process.communicate()
        before = p.part_size()
        assert FILE not in p.files() and before > 12_000_000
        same(p.parts()[0].read_bytes(), MODEL.read_bytes()[:before], "the part is the beginning of the file")
        p.hub.faults.rate = None
        ok(p.pull())
        p.check_whole()


def test_servers_without_ranges_begin_again():
    with Place() as p:
        p.hub.faults.no_ranges = True
        p.hub.faults.cut_after, p.hub.faults.cuts = 1_000_000, 2
        ok(p.pull())
        p.check_whole()


def test_another_range_than_asked_for_is_not_taken():
    with Place() as p:
        p.hub.faults.cut_after, p.hub.faults.cuts = 1_000_000, 1
        p.hub.faults.wrong_range = True
        result = p.run("pull", "--yes", REF, timeout=150)
        assert result[0] != 0
        same([f for f in p.files() if f.endswith(".gguf")], [])


def test_wrong_bytes_never_become_a_model():
    with Place() as p:
        p.hub.faults.flip = 1_234_567
        result = p.pull()
        assert result[0] != 0, "wrong bytes were taken"
        has(result[2], "promised")
        same(p.files(), [])
        p.hub.faults.flip = None
        ok(p.pull())
        p.check_whole()


def test_lengths_that_are_lies():
    for says in (SMALL - 1000, SMALL + 1000):
        with Place() as p:
            p.hub.faults.say_size = says
            result = p.run("pull", "--yes", REF, timeout=150)
            assert result[0] != 0, f"a length of {says} was believed"
            same([f for f in p.files() if f.endswith(".gguf")], [])


def test_a_hash_is_noted_where_the_hub_tells_none():
    with Place() as p:
        p.hub.faults.say_hash = ""
        ok(p.pull())
        same(digest(p.models / FILE), digest(p.model))
        ok(p.run("verify", REF))
        with open(p.models / FILE, "r+b") as stream:
            stream.seek(1000)
            stream.write(b"other")
        assert p.run("verify", REF)[0] != 0, "changed bytes pass"


def test_statuses_have_their_own_messages():
    with Place() as p:
        p.hub.gated[REPO] = "hf_good"
        anonymous, wrong = p.pull(), p.pull(HF_TOKEN="hf_bad")
        has(anonymous[2], "token")
        has(wrong[2], "gated")
        assert "hf_bad" not in wrong[1] + wrong[2], "the token was shown"
        ok(p.pull(HF_TOKEN="hf_good"))
        missing = p.pull("maker/tiny-GGUF/none.gguf", HF_TOKEN="hf_good")
        assert missing[0] != 0 and "none.gguf" in missing[2], missing
    with Place() as p:
        p.hub.faults.status["storage"] = [(503, {}), (429, {"Retry-After": "1"}), (500, {})]
        ok(p.pull())
        p.check_whole()


def test_offline_asks_nobody():
    with Place() as p:
        result = p.pull(HF_HUB_OFFLINE="1")
        assert result[0] != 0
        has(result[2], "HF_HUB_OFFLINE")
        same(p.hub.requests, [])


def test_no_redirect_to_plain_http():
    with Place(tls=True) as p, Place() as plain:
        p.hub.faults.redirect_to = f"{plain.hub.storage_url}/blob/{REPO}/{FILE}"
        assert p.pull()[0] != 0, "followed to an unencrypted address"
        same(p.files(), [])


def test_ctrl_c_leaves_a_part_that_is_taken_up():
    with Place() as p:
        p.hub.faults.rate = 1_000_000
        process = p.start("pull", "--yes", REF)
        until(lambda: p.parts() and p.parts()[0].stat().st_size > 300_000)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=20)
        same(process.returncode, 130)
        assert time.monotonic() - began < 1.0, "took too long to stop"
        size = p.parts()[0].stat().st_size
        p.hub.faults.rate = None
        ok(p.pull())
        p.check_whole()
        same(p.hub.bodies()[-1][3].get("Range"), f"bytes={size}-")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "never came to it"
        time.sleep(0.01)


def test_killed_at_twenty_points():
    with Place(MODEL) as p:
        p.hub.faults.rate = 30_000_000
        kill_twenty_times(p, 3_000_000)


def kill_twenty_times(p, most):
    """Ends a download without warning, at up to so many new bytes or at any time, and then lets it finish."""
    dice = random.Random(7)
    for turn in range(20):
        process = p.start("pull", "--yes", REF)
        if turn % 2 == 0:
            time.sleep(dice.uniform(0.01, 0.2))  # anywhere, also before the first byte
        else:
            p.await_part(p.part_size() + dice.randrange(1, most), process)
        process.kill()
        process.communicate()
        assert FILE not in p.files(), f"it was whole at turn {turn} already"
    p.hub.faults.rate = None
    before = p.part_size()
    assert before > most, f"only {before} bytes came in twenty turns"
    ok(p.pull())
    p.check_whole()
    same(p.hub.bodies()[-1][3].get("Range"), f"bytes={before}-", "nothing was taken up")


def test_killed_at_twenty_points_of_the_default_model():
    """Only on request, for it moves several gigabytes: CARO_TEST_BIG=1."""
    if not os.environ.get("CARO_TEST_BIG"):
        raise Skip("CARO_TEST_BIG is not set")
    with Place(MODEL.with_name("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")) as p:
        p.hub.faults.rate = 300_000_000
        kill_twenty_times(p, 50_000_000)


def test_two_hundred_at_once_download_once():
    with Place(MODEL) as p:
        p.hub.faults.rate = 40_000_000
        processes = [p.start("pull", "--yes", REF) for _ in range(200)]
        for process in processes:
            _, err = process.communicate(timeout=120)
            same(process.returncode, 0, err)
        # One process may use several connections, but no byte is fetched twice.
        begins = [r[3].get("Range", "bytes=0-").partition("-")[0] for r in p.hub.bodies()]
        same((begins.count("bytes=0"), len(set(begins))), (1, len(begins)), f"downloads: {begins}")
        p.check_whole()


def test_a_full_disk_keeps_what_came():
    with mounted("size=2m") as folder, Place() as p:
        p.cache = folder
        result = p.pull()
        failed(result, result[0], "space") if result[0] else same(result[0], "an error")
        assert not any(f.endswith(".gguf") for f in p.files())


def test_a_disk_that_fills_up_meanwhile():
    with mounted("size=8m") as folder, Place() as p:
        p.cache = folder
        p.hub.faults.rate = 2_000_000
        process = p.start("pull", "--yes", REF)
        p.await_part(300_000, process)
        other = folder / "others"
        try:
            other.write_bytes(b"x" * 8_000_000)
        except OSError:
            pass  # as planned
        _, err = process.communicate(timeout=60)
        same(process.returncode, 1, err)
        has(err, "Free some space and give the same command again")
        assert not any(f.endswith(".gguf") for f in p.files()) and len(p.parts()) == 1, p.files()
        other.unlink()
        p.hub.faults.rate = None
        ok(p.pull())
        p.check_whole()
        assert p.hub.bodies()[-1][3].get("Range"), "it began anew"


def test_a_storage_that_says_416():
    with Place() as p:
        p.hub.faults.cut_after, p.hub.faults.cuts = 1_000_000, 1
        p.hub.faults.status["storage"] = []

        def sabotage():
            until(lambda: p.part_size() >= 900_000)
            p.hub.faults.status["storage"] = [(416, {"Content-Range": "bytes */7"})]

        thread = threading.Thread(target=sabotage)
        thread.start()
        ok(p.pull())
        thread.join()
        p.check_whole()
        same([r[3].get("Range") for r in p.hub.bodies()][-1], None, "after a 416 it begins anew")


def test_through_a_proxy():
    with Place() as p, Proxy() as proxy, hubs.Hub({REPO: {FILE: p.model}}, p.root / "tls", "hub.example") as hub:
        env = {"HF_ENDPOINT": hub.url, "SSL_CERT_FILE": str(p.root / "tls/ca.pem")}
        assert p.pull(**env)[0] != 0, "there is no such host"
        ok(p.pull(https_proxy=proxy.url, **env))
        p.check_whole()
        assert proxy.lines and all(line.startswith(f"CONNECT hub.example:{hub.front.server_address[1]} ") for line in proxy.lines), proxy.lines


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


def test_a_cache_that_cannot_be_written():
    with mounted("size=20m") as folder, Place() as p:
        p.cache = folder
        ok(p.pull())
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        ok(p.run("list"))
        ok(p.run("verify", REF))
        assert p.pull("maker/tiny-GGUF/other.gguf")[0] != 0
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


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


def test_eviction_under_load():
    """Many fetch, look and prune at once: what is in use stays, one model stays, nothing is ever half there."""
    with Place() as p:
        names = [f"m{n}.gguf" for n in range(6)]
        for name in names:
            p.hub.files[REPO][name] = p.model
        ok(p.pull(f"{REPO}/m0.gguf"))
        with open(p.models / "m0.gguf", "rb") as used:
            fcntl.flock(used, fcntl.LOCK_SH)  # as a caro that answers with it
            evicted = 0
            for _ in range(4):
                jobs = [p.start("pull", "--yes", f"{REPO}/{name}") for name in names]
                jobs += [p.start("prune", "--yes", "--max-size", "4MB") for _ in range(4)]
                jobs += [p.start("list", "--json"), p.start("verify", "m0.gguf")]
                while any(job.poll() is None for job in jobs):
                    assert (p.models / "m0.gguf").exists(), "the model in use was removed"
                    json.loads((p.cache / "caro/manifest.json").read_text())
                    time.sleep(0.005)
                for job in jobs:
                    out, err = job.communicate(timeout=120)
                    same(job.returncode, 0, f"{job.args}: {err}")
                    evicted += "prune" in job.args and "removed m" in out
            assert evicted > 0, "nothing was evicted"
        jobs = [p.start("prune", "--yes", "--max-size", "1kB") for _ in range(8)]
        for job in jobs:
            same(job.wait(120), 0, job.communicate()[1])
        left = p.files()
        same(len(left), 1, f"models left: {left}")
        same(digest(p.models / left[0]), digest(p.model))


def test_a_file_that_changed_is_read_before_it_answers():
    with Place(MODEL) as p:
        ok(p.pull())
        with open(p.models / FILE, "r+b") as stream:
            stream.seek(50_000_000)
            stream.write(b"other bytes")
        ask = [CARO, "-b", "embedded", "-m", REF, "-n", "--no-input", "show the date"]
        changed = subprocess.run(ask, env=p.env(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if "embedded" in changed.stderr:
            raise Skip("this caro has no engine")
        same(changed.returncode, 16, changed)
        has(changed.stderr, "has changed since it was downloaded")
        has(changed.stderr, "caro models rm")


def test_a_clock_that_goes_backwards():
    """Times are for people: neither a download nor the order of eviction follows them."""
    with Place() as p:
        for n in range(3):
            p.hub.files[REPO][f"m{n}.gguf"] = p.model
            ok(p.pull(f"{REPO}/m{n}.gguf"))
        manifest = p.cache / "caro/manifest.json"
        document = json.loads(manifest.read_text())
        later = int(time.time()) + 10 * 365 * 86400
        for entry in document["models"]:
            entry["last_used"] = entry["downloaded"] = later - 1000 * int(entry["file"][1])  # the newest looks oldest
        manifest.write_text(json.dumps(document))
        for file in p.models.glob("*.gguf"):
            facts = file.stat()
            os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as they were
        ok(p.run("prune", "--yes", "--max-size", "4MB"))
        same(p.files(), ["m2.gguf"])
        os.utime(p.models / "m2.gguf", (later, later))
        ok(p.run("verify", "m2.gguf"))
        ok(p.pull(f"{REPO}/m2.gguf"))
        same(len(p.hub.bodies()), 3, "downloads")


def test_one_name_from_two_repositories_at_once():
    with Place() as p:
        other = p.root / "other.gguf"
        other.write_bytes(gguf(SMALL)[:-4] + b"abcd")
        p.hub.files["other/tiny-GGUF"] = {FILE: other}
        p.hub.faults.rate = 3_000_000
        pulls = [p.start("pull", "--yes", ref) for ref in (REF, f"other/tiny-GGUF/{FILE}")]
        for process in pulls:
            _, err = process.communicate(timeout=60)
            same(process.returncode, 0, err)
        got = {digest(p.models / f) for f in p.files()}
        same(got, {digest(p.model), digest(other)}, "files")


def test_a_file_of_the_right_size_with_other_bytes_is_replaced():
    with Place() as p:
        p.models.mkdir(parents=True)
        (p.models / FILE).write_bytes(gguf(SMALL)[:-4] + b"abcd")
        ok(p.pull())
        p.check_whole()
        same(len(p.hub.bodies()), 1, "downloads")


def main():
    if not MODEL.exists():
        print(f"skipped: {MODEL} is not here; scripts/get-model 135m brings it")
        sys.exit(77)
    chosen = [t for name, t in globals().items() if name.startswith("test_") and (len(sys.argv) < 3 or sys.argv[2] in name)]
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


if __name__ == "__main__":
    main()
