#!/usr/bin/env python3
"""Compares what random commands print with what the judge works out: tests/safety/evaluators.py PROBE [KIND …] [--count N] [--seed N]

What the judge does not know is no fault; what it takes to be known has to be what the real program prints, or something
dangerous could pass for harmless. The commands only print texts, each in an empty folder of its own. A kind whose program is
not here, or is not the one its grammar was written for, is left out; exit status 77 if that is all of them."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import evaluator_programs
import evaluator_tools


def environment(folder):
    return {"PATH": os.environ["PATH"], "HOME": "/home/me", "PWD": folder, "LC_ALL": "C.UTF-8"}


def run(command, folder):
    """What a command prints, or nothing if it takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, cwd=folder, timeout=10, env=environment(folder), stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.replace(b"\0", b"").rstrip()


def is_here(kind):
    program = kind.program[0]
    if shutil.which(program) is None:
        return False
    if not kind.sign:
        return True
    with tempfile.TemporaryDirectory() as folder:
        return run(kind.asked, folder) == kind.sign


def compare(probe, kind, count, seed):
    texts = kind.texts(count, seed)
    told = subprocess.run([probe, *kind.language], input=b"".join(text.encode() + b"\0" for text in texts), capture_output=True, check=True)
    answers = told.stdout.split(b"\0")[:-1]
    assert len(answers) == len(texts), (len(answers), len(texts))
    wrong = unknown = 0
    for text, answer in zip(texts, answers):
        if answer == b"\x01":
            unknown += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            real = run([*kind.program, text], folder)
        if real is not None and real != answer.rstrip():
            wrong += 1
            print(f"{kind.name}: {text}\n  prints {real.decode('utf-8', 'replace')!r}\n  taken  {answer.decode('utf-8', 'replace')!r}")
    print(f"{kind.name}: {len(texts) - wrong - unknown} the same, {wrong} wrong, {unknown} not known")
    return wrong


def main():
    kinds = {kind.name: kind for kind in [*evaluator_tools.KINDS, *evaluator_programs.KINDS]}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chosen = [kinds[name] for name in given.kinds] or list(kinds.values())
    here = [kind for kind in chosen if is_here(kind)]
    wrong = sum(compare(given.probe, kind, given.count, given.seed) for kind in here)
    sys.exit(77 if not here else 1 if wrong else 0)


if __name__ == "__main__":
    main()
