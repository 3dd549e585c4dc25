"""caro models import: what it makes of checkpoint folders, against recorded answers of another implementation.

test_import.py CARO PROBE [NAME]   runs all tests, or those with NAME in their name

expected.json is made by scripts/check-import record.
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../hub"))
import hub as hubs  # noqa: E402
import make_checkpoint  # noqa: E402

EXPECTED = pathlib.Path(__file__).with_name("expected.json")
LOGIT_TOLERANCE = 1e-3


class Probe:
    """The engine's view of a model file."""

    def __init__(self, program, model):
        self.process = subprocess.Popen([program, model], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def tokens(self, text):
        return self.ask("tokens " + json.dumps(text))

    def logits(self, tokens):
        return self.ask("logits " + json.dumps(tokens))

    def greedy(self, tokens, count):
        return self.ask(f"greedy {count} {json.dumps(tokens)}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Place:
    def __init__(self, kind="qwen2"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-import-"))
        self.folder = self.root / "tiny"
        make_checkpoint.make(kind, self.folder)
        self.cache = self.root / "cache"
        self.extra = {}

    def env(self):
        env = {"HOME": str(self.root), "XDG_CACHE_HOME": str(self.cache), "XDG_CONFIG_HOME": str(self.root / "config"),
               "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env.update(self.extra)
        return env

    def start(self, *words):
        return subprocess.Popen([CARO, *map(str, words)], env=self.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def imported(self, *words):
        status, out, err = self.run("models", "import", self.folder, *words)
        assert status == 0, err
        return pathlib.Path(out.strip())

    def files(self):
        models = self.cache / "caro/models"
        return sorted(p.name for p in models.iterdir() if not p.name.endswith(".lock")) if models.exists() else []

    def refused(self, part, status=16):
        """The import ends with this status, a message with `part` in it, and leaves nothing."""
        got, out, err = self.run("models", "import", self.folder)
        assert got == status and out == "", (got, out, err)
        assert part in err and "fix: " in err, err
        assert self.files() == [], self.files()

    def rewrite_config(self, **changes):
        path = self.folder / "config.json"
        config = json.loads(path.read_text())
        config.update(changes)
        path.write_text(json.dumps(config))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root, ignore_errors=True)


def check_kind(kind):
    expected = json.loads(EXPECTED.read_text())[kind]
    with Place(kind) as p:
        probe = Probe(PROBE, p.imported("--quantize", "F32"))
        for text, tokens in expected["tokens"]:
            assert probe.tokens(text) == tokens, (text, probe.tokens(text), tokens)
        for prompt, logits in expected["logits"]:
            worst = max(abs(a - b) for a, b in zip(probe.logits(prompt), logits))
            assert worst < LOGIT_TOLERANCE, f"{kind}: logits {worst} apart"
        for prompt, tokens in expected["greedy"]:
            assert probe.greedy(prompt, len(tokens)) == tokens, (kind, prompt)
        probe.close()


def test_qwen2_with_biases_and_spare_rows():
    check_kind("qwen2")


def test_llama_in_several_files_with_tied_weights():
    check_kind("smollm")


def test_llama3_with_scaled_positions_and_biases():
    check_kind("llama3")


def test_llama2_with_sentence_pieces():
    check_kind("llama2")


def test_every_type_of_weights_answers_nearly_the_same():
    expected = json.loads(EXPECTED.read_text())["smollm"]
    prompt, logits = expected["logits"][0]
    spread = max(logits) - min(logits)
    with Place("smollm") as p:
        sizes = {}
        for kind, share in (("F32", 0.001), ("F16", 0.01), ("BF16", 0.03), ("Q8_0", 0.05), ("Q4_K_M", 0.3)):
            path = p.imported("--quantize", kind, "--name", "x")
            assert path.name == f"x-{kind.lower()}.gguf", path
            sizes[kind] = path.stat().st_size
            probe = Probe(PROBE, path)
            worst = max(abs(a - b) for a, b in zip(probe.logits(prompt), logits))
            assert worst < share * spread, f"{kind}: {worst} apart of {spread}"
            probe.close()
        assert sizes["F32"] > sizes["F16"] > sizes["Q8_0"] > sizes["Q4_K_M"], sizes
        same = p.imported()  # as it is stored
        assert same.name == "tiny-bf16.gguf" and abs(same.stat().st_size - sizes["BF16"]) < 200, sizes


def test_it_is_noted_and_done_once():
    with Place() as p:
        path = p.imported("--name", "mine")
        entry = json.loads((p.cache / "caro/manifest.json").read_text())["models"][0]
        assert entry["file"] == "mine-f32.gguf" and entry["source"] == "import" and entry["size"] == path.stat().st_size, entry
        status, out, _ = p.run("models", "verify", "mine-f32.gguf")
        assert status == 0, out
        before = path.stat().st_mtime_ns
        status, out, err = p.run("models", "import", p.folder, "--name", "mine")
        assert status == 0 and "done before" in err and path.stat().st_mtime_ns == before, err
        os.utime(p.folder / "config.json")  # another checkpoint by its stamp
        status, out, err = p.run("models", "import", p.folder, "--name", "mine")
        assert status == 2 and "already" in err and path.stat().st_mtime_ns == before, err
        status, out, err = p.run("models", "import", p.folder, "--name", "mine", "--yes", "-o", "json")
        assert status == 0 and json.loads(out)["made"] is True and path.stat().st_mtime_ns != before, err
        assert p.files() == ["mine-f32.gguf"], p.files()
        kept = p.cache / "caro/config/mine-f32/config.json"
        assert kept.read_bytes() == (p.folder / "config.json").read_bytes()
        assert p.run("models", "rm", "-y", "mine-f32.gguf")[0] == 0 and not kept.parent.exists()


def test_a_folder_is_a_model():
    with Place() as p:
        status, out, err = p.run("models", "path", p.folder)
        assert status == 4 and "models import" in err, err
        status, out, err = p.run("-m", p.folder, "-v", "list files")
        assert "making a model file" in err and p.files() == ["tiny-f32.gguf"], err
        _, _, err = p.run("-m", p.folder, "-v", "list files")
        assert "making a model file" not in err, err
        status, out, _ = p.run("models", "path", p.folder)
        assert status == 0 and out.strip().endswith("tiny-f32.gguf"), out
        status, out, err = p.run("models", "import", p.folder, "-n")
        assert status == 0 and "dry run" in err, err


def test_configurations_that_are_not_understood():
    for part, changes in (("family bert", {"model_type": "bert"}), ("hidden_size", {"hidden_size": -1}), ("hidden_size", {"hidden_size": 10 ** 9}),
                          ("num_hidden_layers", {"num_hidden_layers": None}), ("scaled", {"rope_parameters": {"rope_type": "yarn", "factor": 4}}),
                          ("multiple", {"num_key_value_heads": 3}), ("activation gelu", {"hidden_act": "gelu"}),
                          ("quantised", {"quantization_config": {"bits": 4}}), ("another shape", {"intermediate_size": 128}),
                          ("lacks the tensor", {"num_hidden_layers": 3}), ("does not have", {"num_hidden_layers": 1}),
                          ("another shape", {"vocab_size": 300}), ("head_dim", {"head_dim": 32})):
        with Place() as p:
            p.rewrite_config(**changes)
            p.refused(part)


def test_weights_that_are_damaged():
    def data_of(file):
        return file.read_bytes()

    def with_header(change):
        def edit(raw):
            length = struct.unpack("<Q", raw[:8])[0]
            header = json.loads(raw[8:8 + length])
            change(header)
            text = json.dumps(header).encode()
            return struct.pack("<Q", len(text)) + text + raw[8 + length:]
        return edit

    def first(header):
        return header["model.embed_tokens.weight"]

    def nan(raw):
        return raw[:-4] + struct.pack("<f", float("nan"))

    for part, edit in (("cut short", lambda raw: raw[:-100]), ("cut short", lambda raw: raw[:5]), ("header", lambda raw: raw[:100]),
                       ("no SafeTensors", lambda raw: b"\xff" * 8 + raw[8:]), ("GGUF", lambda raw: b"GGUF" + raw), ("behind its last", lambda raw: raw + b"x"),
                       ("does not fit its shape", with_header(lambda h: first(h).update(shape=[2 ** 40, 2 ** 40]))),
                       ("lies over another", with_header(lambda h: h["model.norm.weight"].update(data_offsets=[0, 1024]))),
                       ("has a hole before it", with_header(lambda h: h.pop("model.norm.weight"))),
                       ("unknown type", with_header(lambda h: first(h).update(dtype="Q9"))),
                       ("of type I32", with_header(lambda h: first(h).update(dtype="I32"))), ("no numbers", nan)):
        with Place() as p:
            file = p.folder / "model.safetensors"
            file.write_bytes(edit(data_of(file)))
            p.refused(part)


def test_an_index_cannot_leave_the_folder():
    with Place("smollm") as p:
        index = p.folder / "model.safetensors.index.json"
        for part, change in (("outside the folder", "../model.safetensors"), ("outside the folder", "/etc/passwd"), ("lacks the tensor", None)):
            make_checkpoint.make("smollm", p.folder)
            parsed = json.loads(index.read_text())
            name = next(iter(parsed["weight_map"]))
            parsed["weight_map"][name if change else "other"] = change or parsed["weight_map"][name]
            index.write_text(json.dumps(parsed))
            p.refused(part)
        (p.folder / "model-00002-of-00003.safetensors").unlink()
        make_index = json.loads(index.read_text())
        make_index["weight_map"].pop("other", None)
        index.write_text(json.dumps(make_index))
        p.refused("cannot read", 4)


def test_tokenizers_that_are_not_understood():
    for part, change in (("rule", lambda t: t["pre_tokenizer"]["pretokenizers"][0].update(pattern={"Regex": "x+"})),
                         ("no BPE", lambda t: t["model"].update(type="WordPiece")), ("changes the text", lambda t: t.update(normalizer={"type": "Lowercase"})),
                         ("merge is damaged", lambda t: t["model"]["merges"].append(["zz", "qq"])), ("number", lambda t: t["model"]["vocab"].update(new=3)),
                         ("beyond the vocabulary", lambda t: t["model"]["vocab"].update(new=99999))):
        with Place() as p:
            path = p.folder / "tokenizer.json"
            parsed = json.loads(path.read_text())
            change(parsed)
            path.write_text(json.dumps(parsed))
            p.refused(part)


def test_folders_that_are_none():
    with Place() as p:
        (p.folder / "model.safetensors").rename(p.folder / "pytorch_model.bin")
        p.refused("no .safetensors file")
        (p.folder / "config.json").unlink()
        p.refused("no config.json")
        status, _, err = p.run("models", "import", p.root / "nowhere")
        assert status == 2 and "neither a folder" in err, err
        status, _, err = p.run("models", "import", p.folder, "--quantize", "Q1")
        assert status == 2 and "Q4_K_M" in err, err
        status, _, err = p.run("models", "list", "--quantize", "Q8_0")
        assert status == 2, err


def test_a_full_disk_and_an_interrupt_leave_nothing():
    with Place() as p:
        (p.cache / "caro/models").mkdir(parents=True)
        for words in (["--quantize", "Q4_K_M"], []):
            for wait in (0.0, 0.02, 0.05, 0.1, 0.2):
                process = p.start("models", "import", p.folder, *words)
                time.sleep(wait)
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=20)
                left = [f for f in p.files() if not f.endswith(".gguf")]
                assert process.returncode in (0, 130, -2) and left == [], (process.returncode, p.files())
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(p.cache)], capture_output=True, check=False).returncode == 0:
            try:
                status, _, err = p.run("models", "import", p.folder)
                assert status == 1 and "fix: Free some space" in err, (status, err)
                assert p.files() == [], p.files()
            finally:
                subprocess.run(["umount", str(p.cache)], check=True)


def test_a_checkpoint_of_the_hub():
    with Place("smollm") as p:
        files = {f.name: f for f in p.folder.iterdir()}
        (p.root / "README.md").write_text("not needed")
        hub = hubs.Hub({"maker/tiny": {**files, "README.md": p.root / "README.md", "original/weights.safetensors": files["config.json"]},
                        "maker/none": {"README.md": p.root / "README.md"}}, None)
        try:
            p.extra = {"HF_ENDPOINT": hub.url}
            status, _, err = p.run("models", "import", "maker/none", "--yes")
            assert status == 4 and "no checkpoint" in err, err
            status, _, err = p.run("models", "import", "maker/tiny")
            assert status == 2 and "--yes" in err and p.files() == [], err
            status, out, err = p.run("models", "import", "maker/tiny", "--yes", "--quantize", "Q8_0", "-o", "json")
            assert status == 0, err
            made = json.loads(out)
            assert pathlib.Path(made["path"]).name == "tiny-q8_0.gguf" and made["source"] == "maker/tiny", made
            assert p.files() == ["tiny-q8_0.gguf"] and list((p.cache / "caro/checkpoints").rglob("*.safetensors")) == [], "left"
            assert not any("README" in r[1] or "original" in r[1] for r in hub.bodies()), hub.bodies()
            # A hub cannot choose the folder that is written to, and thrown away afterwards.
            (p.root / "precious").mkdir()
            (p.root / "precious/file").write_text("mine")
            for answer in ({"sha": "../../../../"}, {"id": "..", "sha": ".."}, {"id": "../../..", "sha": ""}):
                hub.faults.listing = answer
                status, _, err = p.run("models", "import", "maker/tiny", "--yes", "--name", "again")
                assert status == 0, err
                assert (p.root / "precious/file").exists() and p.folder.exists() and "again-bf16.gguf" in p.files(), (answer, p.files())
        finally:
            hub.close()


def main():
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    passed = failed = 0
    for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_") and wanted in n]:
        began = time.monotonic()
        try:
            test()
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {error}")
        else:
            passed += 1
            print(f"ok     {name} ({time.monotonic() - began:.1f} s)")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    CARO, PROBE = (os.path.abspath(a) for a in sys.argv[1:3])
    sys.exit(main())
