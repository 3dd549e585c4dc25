#!/usr/bin/env python3
"""What caro names as safer for the commands of this folder: it has to parse, and to be judged lower than what it is to
replace. `rm -i` asks before each file, which no judgement shows.

  tests/safety/safer.py BINARY"""
import json
import pathlib
import subprocess
import sys

from run import RANK, read

NAMES = ["My Files", "it's mine", "a;reboot", "$(reboot)", "x > y"]


def judged(binary, commands):
    lines = "".join(json.dumps({"command": command, "home": "/home/u", "cwd": "/home/u/project"}) + "\n" for command in commands)
    out = subprocess.run([binary, "check", "--batch"], input=lines, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def main():
    binary = sys.argv[1]
    commands = [row["command"] for row in read(pathlib.Path(__file__).resolve().parent)]
    for name in NAMES:
        word = "'" + name.replace("'", "'\\''") + "'"
        commands += [f"rm -rf {word}", f"rm -rf ~/{word}", f"rm -rf /etc/{word}", f"chmod -R 777 /srv/{word}", f"shred -u {word}",
                     f"mv /etc/{word} /tmp", f"chown -R nobody /usr/{word}", f"rm -rf /etc/{word}/*"]
    asked = {}
    for command, answer in zip(commands, judged(binary, commands)):
        for finding in answer["findings"]:
            safer = finding["safer"]
            if safer and not safer[0].isupper() and not safer.startswith("rm -i "):  # a capital begins a sentence
                asked.setdefault(safer, (finding["rule"], finding["risk"], command))
    failed = 0
    for (safer, (rule, risk, command)), answer in zip(asked.items(), judged(binary, asked)):
        unparsed = not answer["fully_parsed"]
        if unparsed or RANK[answer["risk"]] >= RANK[risk]:
            failed += 1
            print(f"FAILED {rule} ({risk}): {safer!r} is {answer['risk']}; for {command!r}")
    print(f"{len(asked)} safer commands, {failed} failed")
    return 1 if failed or len(asked) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
