"""What the release program must be as a file: small, needing only the C library, without paths of its build."""
import os
import re
import subprocess
import sys

caro, source = sys.argv[1:3]
problems = []

size = os.path.getsize(caro)
if size > 20_000_000:
    problems.append(f"it has {size / 1e6:.1f} MB; 20 are allowed")

# glibc is libc, libm, the loader and the kernel's page; anything else a stranger's machine may lack.
listed = subprocess.run(["ldd", caro], capture_output=True, text=True, check=True).stdout
for line in listed.splitlines():
    name = line.split()[0].rsplit("/", 1)[-1]
    if not re.match(r"(linux-vdso|libc|libm|ld-linux[^.]*|libdl|libpthread|librt)\.so", name):
        problems.append(f"it needs {name}")

data = open(caro, "rb").read()
if source.encode() + b"/" in data:
    at = data.index(source.encode() + b"/")
    problems.append(f"it names its source folder: {data[at:at + 120]!r}")
if b".symtab" in data[-8192:]:
    problems.append("it is not stripped")

for problem in problems:
    print("FAILED", problem)
print(f"{size / 1e6:.1f} MB, needs: {' '.join(line.split()[0] for line in listed.splitlines())}")
sys.exit(1 if problems else 0)
