"""Compares imported checkpoints with transformers, or records what transformers makes of the small ones.

reference.py record FILE                          FILE gets what test_import.py expects of the small checkpoints
reference.py unpack GGUF FOLDER                   makes a checkpoint folder of a GGUF file
reference.py compare CARO PROBE FOLDER [STRINGS]  imports FOLDER as F32 and compares tokens, logits and greedy answers

Needs torch and transformers; scripts/check-import brings both.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedTokenizerFast

sys.path.insert(0, os.path.dirname(__file__))
import make_checkpoint  # noqa: E402
from strings import texts  # noqa: E402
from test_import import Probe  # noqa: E402

PROMPTS = ["List the ten largest files in this folder.", "find . -type f -size +100M", "Which processes use most memory?",
           "def add(a, b):", "tar -czf", "The quick brown fox", "Translate to shell: count lines in all Python files\n$", "1, 2, 3, 4,"]
STEPS = 48


def tokenizer_of(folder):
    # The tiny ones carry no class name that transformers would adjust them for.
    small = json.loads((pathlib.Path(folder) / "tokenizer_config.json").read_text()).get("tokenizer_class") == "PreTrainedTokenizerFast"
    return PreTrainedTokenizerFast.from_pretrained(folder) if small else AutoTokenizer.from_pretrained(folder)


def load(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    return model, tokenizer_of(folder)


@torch.no_grad()
def logits(model, tokens):
    return model(torch.tensor([tokens])).logits[0, -1].tolist()


@torch.no_grad()
def greedy(model, tokens, count):
    tokens, result, cache = torch.tensor([tokens]), [], None
    for _ in range(count):
        out = model(tokens, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        result.append(int(out.logits[0, -1].argmax()))
        tokens = torch.tensor([[result[-1]]])
    return result


def record(path):
    expected = {}
    for kind in make_checkpoint.KINDS:
        with tempfile.TemporaryDirectory() as folder:
            make_checkpoint.make(kind, folder)
            model, tokenizer = load(folder)
            prompts = [tokenizer.encode(p) for p in PROMPTS[:2]]
            expected[kind] = {"tokens": [[t, tokenizer.encode(t)] for t in texts(60, kind)],
                              "logits": [[p, [round(x, 5) for x in logits(model, p)]] for p in prompts],
                              "greedy": [[p, greedy(model, p, 16)] for p in prompts]}
    lines = ",\n".join(f'"{kind}": {{\n' + ",\n".join(f'"{k}": [\n' + ",\n".join(json.dumps(x) for x in v) + "\n]" for k, v in parts.items()) + "\n}"
                       for kind, parts in expected.items())
    pathlib.Path(path).write_text("{\n" + lines + "\n}\n")


def unpack(gguf, folder):
    place, file = os.path.split(os.path.abspath(gguf))
    AutoTokenizer.from_pretrained(place, gguf_file=file).save_pretrained(folder)
    AutoModelForCausalLM.from_pretrained(place, gguf_file=file, dtype=torch.bfloat16,
                                         quantization_config=GgufConfig(dequantize=True)).save_pretrained(folder)


def compare(caro, probe, folder, count):
    model, tokenizer = load(folder)
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache, "XDG_CONFIG_HOME": cache}
        done = subprocess.run([caro, "models", "import", folder, "--name", "check", "--quantize", "F32", "-q"], env=env, check=True,
                              capture_output=True, text=True)
        engine = Probe(probe, done.stdout.strip())
        strings = texts(count)
        wrong = [t for t in strings if engine.tokens(t) != tokenizer.encode(t)]
        for text in wrong[:5]:
            print("differs:", json.dumps(text), engine.tokens(text), tokenizer.encode(text))
        print(f"tokenizer: {count - len(wrong)} of {count} strings equal")
        worst, same, likely = 0.0, 0, 0
        for prompt in PROMPTS:
            tokens = tokenizer.encode(prompt)
            here, there = engine.logits(tokens), logits(model, tokens)
            worst = max(worst, max(abs(a - b) for a, b in zip(here, there)))
            likely += max(range(len(here)), key=here.__getitem__) == max(range(len(there)), key=there.__getitem__)
            same += engine.greedy(tokens, STEPS) == greedy(model, tokens, STEPS)
        print(f"logits: at most {worst:.5f} apart; most likely token equal in {likely} of {len(PROMPTS)}")
        print(f"greedy: {same} of {len(PROMPTS)} answers of {STEPS} tokens equal")
        return not wrong and same == len(PROMPTS) and worst < 0.01


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(sys.argv[2])
    elif sys.argv[1] == "unpack":
        unpack(sys.argv[2], sys.argv[3])
    else:
        strings = int(sys.argv[5]) if len(sys.argv) > 5 else 10000
        sys.exit(0 if compare(*sys.argv[2:5], strings) else 1)
