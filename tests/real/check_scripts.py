"""shellcheck over every shell script of the repository."""
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
if shutil.which("shellcheck") is None:
    print("skipped: shellcheck is not installed")
    sys.exit(0)
names = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False).stdout.split(b"\0")
scripts = []
for name in names:
    path = root / name.decode()
    if name and path.is_file():
        with open(path, "rb") as file:
            first = file.readline()
        if first.startswith(b"#!") and first.strip().endswith((b"bash", b"/sh", b" sh", b"dash")):
            scripts.append(str(path))
assert len(scripts) > 4, "no scripts were found"
sys.exit(subprocess.run(["shellcheck", "-x", "-P", "SCRIPTDIR", *scripts], cwd=root, check=False).returncode)
