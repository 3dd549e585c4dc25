"""Small checkpoints with random weights, as the Hugging Face hub keeps models; made by the standard library alone.

make_checkpoint.py KIND FOLDER    writes one of KINDS; the same bytes every time
"""
import json
import math
import pathlib
import random
import struct
import sys

TEXT = """find the ten biggest files here and show their sizes; list all folders that were changed today, newest first.
Which process holds port 8080? Count the lines of every Python file: wc -l *.py | sort -n | tail -n 1. It's what we've asked, they'll say.
tar -czf backup-2024-01-31.tar.gz --exclude='*.log' "$HOME/projects" && echo "done: $(date +%s)" >> ~/backups.log || exit 1
größere Dateien, naïve café, ещё файлы, 文件 和 目录, 日本語, emoji 🙂 and tabs\tand   spaces\n\n  indented lines\r\n 1234567890 3.14159
"""
QWEN2_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3_SPLIT = QWEN2_SPLIT.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
SIZE = {"hidden_size": 256, "intermediate_size": 256, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2}
BLOCK = "\u2581"


def byte_letters():
    """The letter that stands for each byte in byte-level BPE: itself where it can be seen, else one above U+0100."""
    seen = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b]
    hidden = [b for b in range(256) if b not in seen]
    return {**{b: chr(b) for b in seen}, **{b: chr(256 + i) for i, b in enumerate(hidden)}}


def train(words, count):
    """The merges that join the most frequent pair, again and again."""
    words = [list(w) for w in words]
    merges = []
    for _ in range(count):
        pairs = {}
        for word in words:
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + 1
        if not pairs:
            break
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(list(best))
        for i, word in enumerate(words):
            joined, at = [], 0
            while at < len(word):
                if tuple(word[at:at + 2]) == best:
                    joined.append(word[at] + word[at + 1])
                    at += 2
                else:
                    joined.append(word[at])
                    at += 1
            words[i] = joined
    return merges


def byte_level(split, ignore_merges):
    letters = byte_letters()
    words = ["".join(letters[b] for b in (" " + w).encode()) for w in TEXT.split()]
    merges = train(words, 150)
    vocabulary = {letters[b]: i for i, b in enumerate(range(256))}
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    added = [{"id": len(vocabulary) + i, "content": s, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, s in enumerate(specials)]
    parts = {"qwen2": {"type": "Split", "pattern": {"Regex": QWEN2_SPLIT}, "behavior": "Isolated", "invert": False},
             "llama-bpe": {"type": "Split", "pattern": {"Regex": LLAMA3_SPLIT}, "behavior": "Isolated", "invert": False},
             "smollm": {"type": "Digits", "individual_digits": True}}[split]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": split == "smollm"}
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": specials[0], "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {specials[0]: {"id": specials[0], "ids": [len(vocabulary)], "tokens": [specials[0]]}}}
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": {"type": "NFC"} if split == "qwen2" else None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [parts, level]},
            "post_processor": template if split == "llama-bpe" else None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "ignore_merges": ignore_merges, "vocab": vocabulary,
                      "merges": merges if split == "qwen2" else [" ".join(m) for m in merges]}}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": specials[0], "eos_token": specials[2], "pad_token": specials[0],
              "chat_template": "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"}
    return file, config, len(vocabulary) + len(specials)


def sentence_piece():
    words = [BLOCK + w for w in TEXT.split()]
    letters = sorted({c for w in words for c in w})
    merges = train(words, 150)
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for b in range(256):
        vocabulary[f"<0x{b:02X}>"] = len(vocabulary)
    # As SentencePiece numbers them: joined pieces in the order of joining, then the letters.
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    for letter in letters:
        vocabulary.setdefault(letter, len(vocabulary))
    added = [{"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
             for i, s in enumerate(["<unk>", "<s>", "</s>"])]
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": BLOCK},
                                                               {"type": "Replace", "pattern": {"String": " "}, "content": BLOCK}]},
            "pre_tokenizer": None,
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                               "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
            "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": BLOCK}, "content": " "},
                                                         {"type": "ByteFallback"}, {"type": "Fuse"},
                                                         {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
            "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": vocabulary,
                      "merges": [" ".join(m) for m in merges]}}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}
    return file, config, len(vocabulary)


class Kind:
    def __init__(self, tokenizer, config, kind="F32", shards=1, spare=0):
        self.tokenizer, self.config, self.kind, self.shards, self.spare = tokenizer, config, kind, shards, spare


KINDS = {
    # Rows of the embedding that no token has, biases at query, key and value, its own output matrix.
    "qwen2": Kind(lambda: byte_level("qwen2", False), {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "tie_word_embeddings": False,
                                                       "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}}, spare=5),
    # In several files, half the bytes, one matrix for both ends.
    "smollm": Kind(lambda: byte_level("smollm", False), {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "tie_word_embeddings": True,
                                                         "rope_theta": 10000.0}, "BF16", shards=3),
    # Positions scaled, heads of another size than the width has it, biases.
    "llama3": Kind(lambda: byte_level("llama-bpe", True),
                   {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "tie_word_embeddings": True, "head_dim": 32, "attention_bias": True,
                    "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                                             "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}),
    "llama2": Kind(sentence_piece, {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "tie_word_embeddings": False,
                                    "rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 2.0}}, "F16"),
}


def shapes(config, vocabulary):
    """Names and shapes of all tensors."""
    hidden, between = config["hidden_size"], config["intermediate_size"]
    head = config.get("head_dim", hidden // config["num_attention_heads"])
    queries, keys = head * config["num_attention_heads"], head * config["num_key_value_heads"]
    yield "model.embed_tokens.weight", (vocabulary, hidden)
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            yield f"{at}self_attn.{name}_proj.weight", (rows, hidden)
            if config["model_type"] == "qwen2" or config.get("attention_bias"):
                yield f"{at}self_attn.{name}_proj.bias", (rows,)
        yield f"{at}self_attn.o_proj.weight", (hidden, queries)
        if config.get("attention_bias"):
            yield f"{at}self_attn.o_proj.bias", (hidden,)
        for name, shape in (("gate", (between, hidden)), ("up", (between, hidden)), ("down", (hidden, between))):
            yield f"{at}mlp.{name}_proj.weight", shape
        yield f"{at}input_layernorm.weight", (hidden,)
        yield f"{at}post_attention_layernorm.weight", (hidden,)
    yield "model.norm.weight", (hidden,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (vocabulary, hidden)


def packed(values, kind):
    if kind == "F32":
        return struct.pack(f"<{len(values)}f", *values)
    if kind == "F16":
        return struct.pack(f"<{len(values)}e", *values)
    words = struct.unpack(f"<{2 * len(values)}H", struct.pack(f"<{len(values)}f", *values))
    return struct.pack(f"<{len(values)}H", *words[1::2])


def safetensors(tensors):
    """The bytes of a file with {name: (kind, shape, bytes)}."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values())


def make(name, folder):
    kind = KINDS[name]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, tokenizer_config, tokens = kind.tokenizer()
    config = {**SIZE, **kind.config, "hidden_act": "silu", "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
              "vocab_size": tokens + kind.spare, "dtype": {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[kind.kind]}
    dice = random.Random(name)
    tensors = {}
    for tensor, shape in shapes(config, config["vocab_size"]):
        count = math.prod(shape)
        middle, width = (1.0, 0.1) if "norm" in tensor else (0.0, 0.1 if len(shape) == 1 else 1.5 / math.sqrt(shape[-1]))
        tensors[tensor] = (kind.kind, shape, packed([dice.gauss(middle, width) for _ in range(count)], kind.kind))
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
    names = list(tensors)
    if kind.shards == 1:
        (folder / "model.safetensors").write_bytes(safetensors(tensors))
        return
    places = {}
    for i in range(kind.shards):
        file = f"model-{i + 1:05}-of-{kind.shards:05}.safetensors"
        here = names[i::kind.shards]
        places.update({n: file for n in here})
        (folder / file).write_bytes(safetensors({n: tensors[n] for n in here}))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2])
