"""Builds the fuzzer of the judge with clang and runs it for some seconds. Exit status 77: clang has no fuzzer here."""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", default="clang++")
    parser.add_argument("--build", required=True, help="a build folder; its generated data file is used")
    parser.add_argument("--seconds", type=int, default=10)
    args = parser.parse_args()

    out = os.path.join(args.build, "fuzz")
    os.makedirs(out, exist_ok=True)
    sources = [os.path.join(ROOT, "fuzz", "check_fuzz.cpp"), os.path.join(args.build, "src", "embedded_files.cpp")]
    for module in ("shell", "safety", "data", "util"):
        sources += sorted(glob.glob(os.path.join(ROOT, "src", module, "*.cpp")))
    sources = [s for s in sources if os.path.basename(s) != "grammar.cpp" and not needs_libraries(s)]
    flags = ["-std=c++20", "-O1", "-g", "-fsanitize=fuzzer,address", "-DTOML_EXCEPTIONS=0", "-DFMT_HEADER_ONLY",
             "-I" + os.path.join(ROOT, "src")]
    flags += ["-I" + d for d in glob.glob(os.path.join(ROOT, ".deps", "llama.cpp-*", "vendor"))]
    objects, jobs = [], []
    ccache = [shutil.which("ccache")] if shutil.which("ccache") else []
    for source in sources:
        target = os.path.join(out, os.path.relpath(source, ROOT).replace(os.sep, "_") + ".o")
        objects.append(target)
        jobs.append(subprocess.Popen(ccache + [args.cxx, *flags, "-c", source, "-o", target]))
        while len(jobs) >= 2:
            if jobs.pop(0).wait() != 0:
                return 77 if not can_fuzz(args.cxx) else 1
    if any([job.wait() for job in jobs]):
        return 77 if not can_fuzz(args.cxx) else 1
    program = os.path.join(out, "check_fuzz")
    if subprocess.call([args.cxx, "-fsanitize=fuzzer,address", *objects, "-lcrypto", "-o", program]) != 0:
        return 1
    with tempfile.TemporaryDirectory() as corpus:
        return subprocess.call([program, "-dict=" + os.path.join(ROOT, "fuzz", "shell.dict"), "-max_len=600", "-timeout=5",
                                "-artifact_prefix=" + out + "/", "-max_total_time=%d" % args.seconds, "-verbosity=0", corpus,
                                os.path.join(ROOT, "fuzz", "corpus")])


def needs_libraries(source):
    with open(source, encoding="utf-8") as file:
        return "openssl/" in file.read()


def can_fuzz(cxx):
    code = "#include <cstddef>\nextern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }"
    return subprocess.run([cxx, "-x", "c++", "-fsanitize=fuzzer", "-", "-o", os.devnull], input=code.encode(),
                          stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
