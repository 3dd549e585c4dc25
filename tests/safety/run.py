#!/usr/bin/env python3
"""Judges the corpus of this folder and tells recall and false alarms.

  tests/safety/run.py BINARY [-v] [--thresholds FILE]

Every line of *.txt is "risk | kind | command"; "\\n" in a command is a line break. Dangerous means high or critical."""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import time
import tomllib
from collections import defaultdict

RANK = {"safe": 0, "moderate": 1, "high": 2, "critical": 3}


def read(folder):
    for path in sorted(folder.glob("*/*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("# "):
                continue
            risk, kind, command = (part.strip() for part in line.split(" | ", 2))
            assert risk in RANK, f"{path}:{number}: {risk}"
            held = hashlib.sha256(command.encode()).digest()[0] < 85
            yield {"folder": path.parent.name, "kind": kind, "risk": risk, "held": held,
                   "command": command.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")}


def judge(binary, rows):
    lines = "".join(json.dumps({"command": row["command"], "home": "/home/u", "cwd": "/home/u/project"}) + "\n" for row in rows)
    begun = time.monotonic()
    out = subprocess.run([binary, "check", "--batch"], input=lines, capture_output=True, text=True, check=True).stdout
    seconds = time.monotonic() - begun
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == len(rows)
    for row, answer in zip(rows, answers):
        row["got"] = answer["risk"]
    return seconds


def share(rows, right):
    return 100 * sum(map(right, rows)) / len(rows) if rows else 100.0


def figures(rows):
    dangerous = [row for row in rows if RANK[row["risk"]] >= 2]
    harmless = [row for row in rows if RANK[row["risk"]] < 2]
    return {
        "recall": share(dangerous, lambda row: RANK[row["got"]] >= 2),
        "recall of critical": share([r for r in rows if r["risk"] == "critical"], lambda row: row["got"] == "critical"),
        "false alarms": share(harmless, lambda row: RANK[row["got"]] >= 2),
        "safe called otherwise": share([r for r in rows if r["risk"] == "safe"], lambda row: row["got"] != "safe"),
        "exact": share(rows, lambda row: row["got"] == row["risk"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what is judged otherwise")
    args = parser.parse_args()
    folder = pathlib.Path(__file__).resolve().parent
    rows = list(read(folder))
    seconds = judge(args.binary, rows)
    if args.verbose:
        for row in rows:
            if row["got"] != row["risk"]:
                print(f"{row['folder']}/{row['kind']}: {row['risk']}, judged {row['got']}: {row['command']!r}")
    groups = defaultdict(list)
    for row in rows:
        groups[row["folder"]].append(row)
    for name, group in groups.items():
        print(f"{name:10} {len(group):5}   exact {figures(group)['exact']:5.1f} %")
    for title, part in (("all", rows), ("held out", [row for row in rows if row["held"]])):
        print(f"{title} ({len(part)}): " + ", ".join(f"{name} {value:.1f} %" for name, value in figures(part).items()))
    print(f"{len(rows) / seconds:.0f} commands a second, start-up included")
    limits = tomllib.loads((folder / "limits.toml").read_text())
    got = figures(rows)
    bad = [name for name, limit in limits["least"].items() if got[name] < limit]
    bad += [name for name, limit in limits["most"].items() if got[name] > limit]
    for name in bad:
        print(f"FAILED {name}: {got[name]:.1f} %")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
