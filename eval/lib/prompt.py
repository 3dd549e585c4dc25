"""The prompt in ChatML as caro evaluates it on Linux with bash, for llama-server's raw completion: the constant part and
the request, without the examples that src/prompt/similar.cpp adds and what src/engine mends in an answer. So it measures the
constant part alone; `--caro` measures the product."""

import json
import re
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


def turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


class Pack:
    stop = ["\n"]

    def __init__(self, rules: str, examples: list[dict]):
        self.prefix = turn("system", rules) + "".join(
            turn("user", entry["ask"]) + turn("assistant", entry["command"]) for entry in examples)

    @staticmethod
    def tail(ask: str, piped: str = "") -> str:
        text = " ".join(ask.split())
        if piped.strip():
            text += "\nStandard input begins:\n" + piped.strip()[:600]  # the product counts tokens, and adds examples (src/prompt/piped*.cpp)
        return turn("user", text) + "<|im_start|>assistant\n"


def load(family: str = "posix") -> Pack:
    rules = (DATA / "prompts" / f"{family}.md").read_text().strip()
    lines = (DATA / "examples" / f"{family}.jsonl").read_text().splitlines()
    return Pack(rules, [json.loads(line) for line in lines if line.strip()])


def extract(text: str) -> tuple[str, bool]:
    """(command, refused?) of one line of model output; much simpler than the product's."""
    line = text.strip().split("\n")[0].strip().removeprefix("$ ")
    wrapped = re.fullmatch(r"`([^`]+)`", line)
    line = wrapped[1] if wrapped else line
    return ("", True) if not line or line.startswith("#") else (line, False)
