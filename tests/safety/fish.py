#!/usr/bin/env python3
"""Judging fish: tests/safety/fish.py BINARY [COUNT]

Every line of fish.txt is judged as labelled, and fish itself reads it. What fish refuses to read, out of texts put together
at random, is not called safe. Without fish installed only the labels are checked."""
import json
import pathlib
import random
import shutil
import subprocess
import sys

PIECES = ["ls", "echo", "a", "set x 1", "'", '"', "$(", ")", "(", "begin", "end", "if", "else", "else if", "for x in a b", "while", "switch a", "case b",
          "function f", ";", ";", "\n", "&&", "||", "|", "&", "<", ">", ">>", "and", "or", "not", "true", "$x", "$argv[1]", "{a,b}", "\\", "#", "*", "cat", "2>&1",
          "$x[", "\\x41", "&|"]
CORPUS = pathlib.Path(__file__).with_name("fish.txt")


def judged(binary, texts):
    lines = "".join(json.dumps({"command": text}) + "\n" for text in texts)
    out = subprocess.run([binary, "check", "-s", "fish", "--batch"], input=lines, capture_output=True, text=True, check=True, timeout=120).stdout
    return [json.loads(line)["risk"] for line in out.splitlines()]


def rejects(text):
    return subprocess.run(["fish", "--no-config", "--no-execute"], input=text.encode(), capture_output=True, timeout=10).returncode != 0


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    rows = [line.split(" | ", 1) for line in CORPUS.read_text().splitlines()]
    wrong = 0
    for (label, text), risk in zip(rows, judged(binary, [text for _, text in rows]), strict=True):
        if risk != label:
            wrong += 1
            print(f"{label}, judged {risk}: {text!r}")
    print(f"{len(rows)} lines of fish, {wrong} judged otherwise than labelled")
    if not shutil.which("fish"):
        print("fish is not installed: its own reading was not compared")
        sys.exit(1 if wrong else 0)
    for _, text in rows:
        if rejects(text):
            wrong += 1
            print(f"fish does not read this line of the corpus: {text!r}")
    chance = random.Random(4711)  # the same texts in every run
    texts = [" ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9))) for _ in range(count)]
    rejected = 0
    for text, risk in zip(texts, judged(binary, texts), strict=True):
        if rejects(text):
            rejected += 1
            if risk == "safe":
                wrong += 1
                print(f"called safe, and fish does not read it: {text!r}")
    print(f"{count} texts, {rejected} rejected by fish")
    sys.exit(1 if wrong or not rejected else 0)


if __name__ == "__main__":
    main()
