"""caro models verify, rm and prune.

  python3 tests/hub/test_keep.py BINARY [part of a test's name]"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from test_models import has, header_only, lacks, main, same  # noqa: E402


def test_verify_of_all(place):
    _, err = place.run("models", "verify")
    has(err, "no model in the cache")
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q4_K_M")
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0")
    header_only(place.models / "mine.gguf", 1000)
    (place.models / "text.gguf").write_text("no model")
    states = {row["file"]: row["state"] for row in place.json("models", "verify", status=16)["models"]}
    same(states, {"tiny-q4_k_m.gguf": "good", "tiny-q8_0.gguf": "good", "mine.gguf": "noted", "text.gguf": "damaged"})
    (place.models / "text.gguf").unlink()
    same({r["state"] for r in place.json("models", "verify")["models"]}, {"good"})


def test_rm(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q4_K_M")
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0")
    _, err = place.run("models", "rm", "tiny-q8_0.gguf", status=2)
    has(err, "removing a model needs a yes", "Add --yes")
    out, _ = place.run("models", "rm", "-n", "tiny-q8_0.gguf")
    same(out, "would remove tiny-q8_0.gguf (500 kB)\n")
    has(place.kept(), "tiny-q8_0.gguf")
    out, _ = place.run("models", "rm", "-y", "owner/tiny-GGUF:Q8_0", "tiny-q4_k_m.gguf")
    same(out, "removed tiny-q8_0.gguf (500 kB), tiny-q4_k_m.gguf (300 kB)\n")
    same([f for f in place.kept() if not f.startswith(".")], [])
    same(place.manifest()["models"], [])
    _, err = place.run("models", "rm", "-y", "tiny-q8_0.gguf", status=4)


def test_rm_leaves_alone_what_is_not_its_own(place):
    mine = header_only(place.root / "mine.gguf", 1000)
    _, err = place.run("models", "rm", "-y", mine, status=2)
    has(err, "is not in caro's cache")
    snapshot = place.root / "hf/models--owner--tiny-GGUF/snapshots/abc"
    snapshot.mkdir(parents=True)
    theirs = header_only(snapshot / "tiny-q4_k_m.gguf", 1000)
    _, err = place.run("models", "rm", "-y", "owner/tiny-GGUF:Q4_K_M", status=2, HF_HUB_CACHE=str(place.root / "hf"))
    has(err, "is not in caro's cache")
    assert mine.exists() and theirs.exists()


def test_prune(place):
    _, err = place.run("models", "prune", "-y")
    has(err, "no unfinished download")
    for quant in ("Q4_K_M", "Q8_0"):
        place.run("models", "pull", "-y", f"owner/tiny-GGUF:{quant}")
    (place.models / "x.gguf.0123456789ab.part").write_bytes(b"x" * 2000)
    _, err = place.run("models", "prune", status=2)
    has(err, "removing models needs a yes")
    out, _ = place.run("models", "prune", "-n", "--max-size", "600kB")
    has(out, "would remove tiny-q4_k_m.gguf (300 kB)", "unfinished, 2.0 kB")
    lacks(out, "tiny-q8_0")
    out, _ = place.run("models", "prune", "-y")
    has(out, "removed x.gguf.0123456789ab.part; 2.0 kB freed")
    document = place.json("models", "prune", "-y", "--max-size", "600kB")
    same((document["removed"], document["freed"], document["kept"]), (["tiny-q4_k_m.gguf"], 300_000, 500_000))
    _, err = place.run("models", "prune", "--max-size", "plenty", status=2)
    has(err, "--max-size must be a size such as 20GB")
    _, err = place.run("models", "rm", "-y", "tiny-q8_0.gguf", "--max-size", "1GB", status=2)
    has(err, "takes no --max-size")


if __name__ == "__main__":
    main(dict(globals()))
