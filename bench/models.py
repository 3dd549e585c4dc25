#!/usr/bin/env python3
"""Measures what checking models costs: hashing on `verify`, and the cheap checks on every start.

Medians over the rounds, one after the other on the same processors; the page cache is warm. sha256sum reads the same
file for comparison. The first start after a model file changed reads its header once more; later ones do not.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time


def seconds(command, cpus, env=None):
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env,
                          check=False, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace').strip()}")
    return time.perf_counter() - started


def median(function, rounds):
    function()
    return statistics.median(function() for _ in range(rounds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--caro", default="build/release/src/caro")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cpus", type=int, default=2, help="processors to use")
    options = parser.parse_args()
    cpus = set(sorted(os.sched_getaffinity(0))[: options.cpus])
    done = subprocess.run([options.caro, "models", "path", options.model, "--json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    path = pathlib.Path(json.loads(done.stdout)["path"])
    size = path.stat().st_size

    verify = median(lambda: seconds([options.caro, "models", "verify", options.model], cpus), options.rounds)
    other = median(lambda: seconds(["sha256sum", str(path)], cpus), options.rounds)
    print(f"verify           {size / verify / 1e9:6.2f} GB/s  ({verify:.2f} s for {size / 1e9:.2f} GB)")
    print(f"sha256sum        {size / other / 1e9:6.2f} GB/s")

    locate = median(lambda: seconds([options.caro, "models", "path", options.model], cpus), options.rounds * 3)
    version = median(lambda: seconds([options.caro, "--version"], cpus), options.rounds * 3)
    print(f"find and check   {(locate - version) * 1000:6.2f} ms above {version * 1000:.2f} ms of a start")

    ask = [options.caro, "-q", "-n", "-b", "embedded", "ask", "show the date"]
    catalogue = [*ask, "-m", options.model]
    plain = [*ask, "-m", str(path)]
    seconds(catalogue, cpus)
    seconds(plain, cpus)
    pairs = [(seconds(catalogue, cpus), seconds(plain, cpus)) for _ in range(options.rounds)]
    by_name, by_path = (statistics.median(column) for column in zip(*pairs))
    print(f"warm answer      {by_name:6.3f} s by the catalogue's name, {by_path:.3f} s by path")


if __name__ == "__main__":
    main()
