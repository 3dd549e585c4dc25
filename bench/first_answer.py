#!/usr/bin/env python3
"""Measures what a user waits for: start-up, the first answer of a new process, memory and size.

Every figure is the median over several runs. caro and llama.cpp's own llama-completion of the same build run
in turn (A B A B ...) on the same processors with the same model and the same prompt, so that drift of the
machine hits both. The page cache is warm; caro's prompt state exists, and llama-completion is measured both
with its own prompt cache file and without.
"""
import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REQUESTS = [
    "list all files larger than 100MB modified in the last week",
    "count the lines of all python files below src",
    "which process listens on port 8080",
]


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, cpus, env=None, stdin=None):
    """Wall seconds, exit status and output of one run."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=stdin or subprocess.DEVNULL, env=env,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    out, err = child.communicate()
    wall = time.perf_counter() - started
    return wall, child.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def peak_memory_mb(command, cpus, env):
    """Peak resident memory of one run, from the operating system's own accounting of a fresh child."""
    code = ("import os,resource,subprocess,sys;"
            "os.sched_setaffinity(0,%r);"
            "subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL,stdin=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)" % (set(cpus),))
    out = subprocess.run([sys.executable, "-c", code, *command], env=env, capture_output=True, text=True, check=True)
    return int(out.stdout) / 1024


def first_use(caro, model, cpus, env):
    """Seconds, by the clock and of processor time, of the first answer of all: the constant part of the prompt is evaluated."""
    with tempfile.TemporaryDirectory() as cache:
        before = processor_seconds()
        wall = timed([caro, "-m", model, "-b", "embedded", REQUESTS[0]], cpus, dict(env, XDG_CACHE_HOME=cache))[0]
        return wall, processor_seconds() - before


def row(name, value, unit, note=""):
    print(f"  {name:<46}{value:>9} {unit:<4} {note}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--caro", required=True)
    parser.add_argument("--prompt-text", required=True)
    parser.add_argument("--llama", help="llama-completion of the same build")
    parser.add_argument("--other", help="another caro to compare with, run in turn")
    parser.add_argument("--model", help="GGUF file (default: the one caro finds)")
    parser.add_argument("--cpus", default="0,1", help="processors to run on")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", help="write the figures to this file")
    args = parser.parse_args()
    cpus = {int(c) for c in args.cpus.split(",")}
    env = dict(os.environ, NO_COLOR="1")
    model = args.model or os.path.join(
        os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")),
        "caro/models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
    if not os.path.exists(model):
        sys.exit(f"the model {model} is not there; fetch it: scripts/get-model")
    caro = [args.caro, "-m", model, "-b", "embedded"]
    figures = {}

    versions = [timed([args.caro, "--version"], cpus)[0] * 1000 for _ in range(20)]
    figures["version_ms"] = statistics.median(versions)
    figures["binary_mb"] = os.path.getsize(args.caro) / 1e6
    timed(caro + [REQUESTS[0]], cpus, env)  # makes the prompt state, warms the page cache
    figures["peak_memory_mb"] = peak_memory_mb(caro + [REQUESTS[0]], cpus, env)

    for name, program in (("first_use", args.caro), ("other_first_use", args.other)):
        if program:
            figures[name + "_s"], figures[name + "_processor_s"] = first_use(program, model, cpus, env)

    with tempfile.TemporaryDirectory() as scratch:
        measure_answers(args, caro, model, cpus, env, scratch, figures)

    print(f"processors {args.cpus}, {args.runs} runs each, medians")
    row("caro --version", f"{figures['version_ms']:.1f}", "ms")
    row("size of the program", f"{figures['binary_mb']:.1f}", "MB")
    row("peak memory with the model", f"{figures['peak_memory_mb']:.0f}", "MB")
    for name, label in (("first_use", "first answer of all, one run"), ("other_first_use", "the other's")):
        if name + "_s" in figures:
            row(label, f"{figures[name + '_s']:.1f}", "s", f"{figures[name + '_processor_s']:.1f} s of processor time")
    for request, data in figures["answers"].items():
        print(f"  {request!r}: {data['command']}")
        row("caro, new process to finished answer", f"{data['caro_s']:.2f}", "s")
        if "other_s" in data:
            row("the other caro", f"{data['other_s']:.2f}", "s", f"{data['other_s'] / data['caro_s']:.2f} times, processor "
                f"time {data['other_processor_s'] / data['caro_processor_s']:.2f} times")
        for name, label in (("cached", "llama-completion, its prompt cache file"),
                            ("plain", "llama-completion, no cache")):
            if f"llama_{name}_s" in data:
                seconds = data[f"llama_{name}_s"]
                row(label, f"{seconds:.2f}", "s", f"{seconds / data['caro_s']:.1f} times caro's")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(figures, out, indent=1)


def measure_answers(args, caro, model, cpus, env, scratch, figures):
    figures["answers"] = {}
    for request in REQUESTS:
        data = {}
        times = {"cached": [], "plain": []}
        programs = {"caro": caro} | ({"other": [args.other, *caro[1:]]} if args.other else {})
        walls, used = {name: [] for name in programs}, {name: [] for name in programs}
        answer = timed(caro + ["-o", "json", request], cpus, env)
        if answer[1] != 0:
            sys.exit(f"caro failed on {request!r}: {answer[3].strip()}")
        reply = json.loads(answer[2])
        data["command"] = reply["command"]
        tokens = max(1, reply["tokens"]["generated"])
        text = subprocess.run([args.prompt_text, request], capture_output=True, text=True, check=True).stdout
        prompt = os.path.join(scratch, "prompt.txt")
        with open(prompt, "w", encoding="utf-8") as out:
            out.write(text)
        llama = None
        if args.llama:
            llama = [args.llama, "-m", model, "-f", prompt, "-n", str(tokens), "--temp", "0", "-no-cnv", "-c", "2048",
                     "-t", str(len(cpus)), "--no-warmup", "--no-display-prompt"]
            constant = os.path.join(scratch, "constant.txt")
            with open(constant, "w", encoding="utf-8") as out:
                out.write(text[:text.rindex(request)])
            cache = os.path.join(scratch, "prompt.cache")
            if not os.path.exists(cache):
                timed([args.llama, "-m", model, "-f", constant, "-n", "1", "--temp", "0", "-no-cnv", "-c", "2048", "-t",
                       str(len(cpus)), "--prompt-cache", cache, "--no-warmup"], cpus, env)
        for run in range(args.runs):
            for name, program in programs.items():
                before = processor_seconds()
                walls[name].append(timed(program + [request], cpus, env)[0])
                used[name].append(processor_seconds() - before)
            if llama:
                times["cached"].append(timed(llama + ["--prompt-cache", cache, "--prompt-cache-ro"], cpus, env)[0])
                if run == 0:  # half a minute each; once is enough to show the order of magnitude
                    times["plain"].append(timed(llama, cpus, env)[0])
        for name in programs:
            data[name + "_s"], data[name + "_processor_s"] = statistics.median(walls[name]), statistics.median(used[name])
        if llama:
            data["llama_cached_s"] = statistics.median(times["cached"])
            data["llama_plain_s"] = statistics.median(times["plain"])
        figures["answers"][request] = data


if __name__ == "__main__":
    main()
