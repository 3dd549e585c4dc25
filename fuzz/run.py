#!/usr/bin/env python3
"""Builds a fuzzer with clang and runs it for some seconds. Exit status 77: clang has no fuzzer here."""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What each needs: the harness, sources (folders of src, or files), dictionary, longest input.
JUDGE = ["shell", "safety", "data", "util", "BUILD/src/embedded_files.cpp"]
TARGETS = {
    "check": ("check_fuzz.cpp", JUDGE, "shell.dict", 600),
    "gguf": ("models/gguf_fuzz.cpp", ["models/gguf_header.cpp", "util"], "gguf.dict", 4096),
    "safetensors": ("models/safetensors_fuzz.cpp", ["models/safetensors.cpp", "util"], "json.dict", 2000),
    "checkpoint": ("models/checkpoint_fuzz.cpp", ["models/checkpoint.cpp", "models/checkpoint_config.cpp", "models/tokenizer_file.cpp",
                                                  "models/safetensors.cpp", "models/file_facts_posix.cpp", "util"], "json.dict", 8000),
    "manifest": ("models/manifest_fuzz.cpp", ["models/manifest.cpp", "util"], "json.dict", 2000),
    "hub": ("models/hub_fuzz.cpp", ["models/hub_json.cpp", "util"], "json.dict", 2000),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", default="clang++")
    parser.add_argument("--build", required=True, help="a build folder; its generated data file is used")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--target", choices=sorted(TARGETS), default="check")
    parser.add_argument("--keep", help="a folder for inputs that reach something new")
    args = parser.parse_args()

    out = os.path.join(args.build, "fuzz")
    os.makedirs(out, exist_ok=True)
    harness, parts, dictionary, longest = TARGETS[args.target]
    program = build(args, out, [os.path.join(ROOT, "fuzz", harness), *sources_of(parts, args.build)])
    if not isinstance(program, str):
        return program
    with tempfile.TemporaryDirectory() as temporary:
        return subprocess.call([program, "-dict=" + os.path.join(ROOT, "fuzz", dictionary), "-max_len=%d" % longest, "-timeout=5",
                                "-rss_limit_mb=1024", "-print_funcs=0", "-artifact_prefix=" + out + "/" + args.target + "-",
                                "-max_total_time=%d" % args.seconds, "-verbosity=0", "-print_final_stats=1", args.keep or temporary,
                                os.path.join(ROOT, "fuzz", "corpus", args.target)])


def sources_of(parts, build):
    sources = []
    for part in parts:
        place = part.replace("BUILD", build) if part.startswith("BUILD") else os.path.join(ROOT, "src", part)
        sources += sorted(glob.glob(os.path.join(place, "*.cpp"))) if os.path.isdir(place) else [place]
    return [s for s in sources if os.path.basename(s) != "grammar.cpp" and (not needs_libraries(s) or s.endswith("sha256.cpp"))]


def build(args, out, sources):
    """The program, or an exit status."""
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
    program = os.path.join(out, args.target + "_fuzz")
    linked = subprocess.call([args.cxx, "-fsanitize=fuzzer,address", *objects, "-lcrypto", "-o", program])
    return program if linked == 0 else 1


def needs_libraries(source):
    with open(source, encoding="utf-8") as file:
        return "openssl/" in file.read()


def can_fuzz(cxx):
    code = "#include <cstddef>\nextern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }"
    return subprocess.run([cxx, "-x", "c++", "-fsanitize=fuzzer", "-", "-o", os.devnull], input=code.encode(),
                          stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
