"""The cache under load: kills at any time, full disks, hundreds at once, eviction, files that change.

test_crash.py CARO [NAME]   runs all tests, or those with NAME in their name

The bytes are those of the 135M model that scripts/get-model 135m brings.
"""
import fcntl
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from pull_support import CARO, FILE, MODEL, Place, REF, REPO, SMALL, Skip, digest, failed, gguf, has, main, mounted, ok, same, until  # noqa: E402


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


def test_a_cache_that_cannot_be_written():
    with mounted("size=20m") as folder, Place() as p:
        p.cache = folder
        ok(p.pull())
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        ok(p.run("list"))
        ok(p.run("verify", REF))
        assert p.pull("maker/tiny-GGUF/other.gguf")[0] != 0
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


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


if __name__ == "__main__":
    main(dict(globals()))
