#!/usr/bin/env python3
"""What bash and dash refuse to read must not be called safe: tests/safety/differential.py BINARY [COUNT]

Texts are put together at random from pieces of shell; bash -n and dash -n read them without running anything."""
import json
import random
import shutil
import subprocess
import sys

PIECES = ["ls", "echo", "a", "x=1", "'", '"', "`", "$(", ")", "(", "{", "}", "if", "then", "else", "fi", "for", "in", "do", "done", "while",
          "case", "esac", ";;", ";", "&&", "||", "|", "&", "<", ">", ">>", "<<E", "\nE\n", "\n", "$x", "${x", "}", "$((", "))", "[[", "]]", "!",
          "f()", "\\", "#", "*", "cat", "-n", "2>&1", "$'", "{a,b}"]


def rejects(shell, text):
    return subprocess.run([shell, "-n"], input=text.encode(), capture_output=True, timeout=10).returncode != 0


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 800
    shells = [name for name in ("bash", "dash") if shutil.which(name)]
    chance = random.Random(4711)  # the same texts in every run
    texts = [" ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9))) for _ in range(count)]
    lines = "".join(json.dumps({"command": text}) + "\n" for text in texts)
    out = subprocess.run([binary, "check", "--batch"], input=lines, capture_output=True, text=True, check=True, timeout=120).stdout
    wrong = rejected = 0
    for text, line in zip(texts, out.splitlines()):
        if all(rejects(shell, text) for shell in shells):
            rejected += 1
            if json.loads(line).get("risk") == "safe":
                wrong += 1
                print(f"called safe, and no shell reads it: {text!r}")
    print(f"{count} texts, {rejected} rejected by {' and '.join(shells)}, {wrong} of them called safe")
    sys.exit(1 if wrong or not rejected else 0)


if __name__ == "__main__":
    main()
