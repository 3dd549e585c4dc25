#!/usr/bin/env python3
"""Installs a build into an empty folder and expects the program, its manual page and its completions there."""
import pathlib
import subprocess
import sys
import tempfile

cmake, build = sys.argv[1:3]
EXPECTED = {"bin/caro": b"", "share/man/man1/caro.1": b".TH CARO 1",
            "share/bash-completion/completions/caro": b"complete ", "share/zsh/site-functions/_caro": b"#compdef caro",
            "share/fish/vendor_completions.d/caro.fish": b"complete -c caro"}

with tempfile.TemporaryDirectory() as prefix:
    done = subprocess.run([cmake, "--install", build, "--prefix", prefix], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    root = pathlib.Path(prefix)
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    problems = [f"not installed: {name}" for name in EXPECTED if name not in files]
    problems += [f"installed, but nobody asked for it: {name}" for name in files - set(EXPECTED)]
    problems += [f"{name} lacks {text!r}" for name, text in EXPECTED.items()
                 if name in files and text not in (root / name).read_bytes()]
    if not problems:
        subprocess.run([root / "bin/caro", "--version"], check=True, stdout=subprocess.DEVNULL)
    print("\n".join(problems) or "all is installed")
    sys.exit(1 if problems else 0)
