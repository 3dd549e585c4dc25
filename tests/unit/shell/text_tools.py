#!/usr/bin/env python3
"""Asks the real tools what the commands of text_tools.txt print: tests/unit/shell/text_tools.py [--write]

Without --write it compares; commands with a program that is not installed are left out. Every command runs in an empty folder of its own."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIST = pathlib.Path(__file__).with_name("text_tools.txt")
TOOLS = ("awk", "bc", "column", "cpp", "dc", "envsubst", "gcc", "hexdump", "iconv", "jq", "m4", "openssl", "sqlite3", "uudecode", "xxd")


def printed(command):
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"}
        run = subprocess.run(["bash", "-c", command], capture_output=True, cwd=folder, timeout=10, env=environment)
    text = run.stdout.replace(b"\0", b"").decode("utf-8", "replace").rstrip("\n")
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    made, wrong, left_out = [], 0, 0
    for line in LIST.read_text(encoding="utf-8").splitlines():
        command, wanted = line.rsplit(" => ", 1)
        if any(re.search(rf"\b{tool}\b", command) for tool in missing):
            left_out += 1
            made.append(line)
            continue
        got = printed(command)
        made.append(f"{command} => {got}")
        if got != wanted:
            wrong += 1
            print(f"{command}\n  listed  {wanted}\n  printed {got}")
    if "--write" in sys.argv[1:]:
        LIST.write_text("\n".join(made) + "\n", encoding="utf-8")
    print(f"{len(made) - left_out} compared, {wrong} print something else, {left_out} left out")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
