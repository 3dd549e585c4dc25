"""caro models pull against a hub on loopback: what servers do wrong.

test_pull.py CARO [NAME]   runs all tests, or those with NAME in their name

The bytes are those of the 135M model that scripts/get-model 135m brings.
"""
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
import hub as hubs  # noqa: E402
from pull_support import FILE, MODEL, Place, Proxy, REF, REPO, SMALL, digest, has, main, ok, same, until  # noqa: E402


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


if __name__ == "__main__":
    main(dict(globals()))
