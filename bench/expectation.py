#!/usr/bin/env python3
"""Compares what `caro models recommend` expects of a model with what the model then does.

In each round the expectation is made anew and three requests are answered, all on the same processors; medians over
the rounds. The page cache is warm and the prompt's state is kept. Models that are not on this machine are left out.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

REQUESTS = [
    "list the ten largest files below the current folder with their sizes, largest first",
    "count the lines of all python files below src that were changed in the last week, leaving out the tests",
    "show the five processes that use the most memory, with their process id, user and full command line",
]


def output_of(command, cpus):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")


def measured(caro, model, cpus):
    """Tokens a second written, and seconds for an answer, of one request after another."""
    rates, seconds = [], []
    for request in REQUESTS:
        answer = output_of([caro, "-q", "-n", "-b", "embedded", "-m", model, "-o", "json", "ask", request], cpus)
        times, tokens = answer["timings_ms"], answer["tokens"]
        if tokens["generated"] >= 8 and times["generate"] > 0:
            rates.append((tokens["generated"] - 1) / times["generate"] * 1000)
        seconds.append(times["total"] / 1000)
    return rates, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--caro", default="build/release/src/caro")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", default=["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"])
    parser.add_argument("--cpus", type=int, nargs="*", default=[2, 4], help="numbers of processors to try")
    options = parser.parse_args()
    allowed = sorted(os.sched_getaffinity(0))
    print(f"{'model':20} cpus  tokens/s expected  measured  ratio  answer s expected  measured  ratio")
    for count in options.cpus:
        cpus = set(allowed[:count])
        if len(cpus) < count:
            continue
        for model in options.models:
            expected, rates, seconds = [], [], []
            measured(options.caro, model, cpus)  # warms caches
            for _ in range(options.rounds):
                table = output_of([options.caro, "models", "recommend", "--json"], cpus)
                expected.append(next(row for row in table["models"] if row["name"] == model))
                more_rates, more_seconds = measured(options.caro, model, cpus)
                rates += more_rates
                seconds += more_seconds
            rate = statistics.median(row["tokens_per_s"] for row in expected)
            answer = statistics.median(row["answer_s"] for row in expected)
            real_rate, real_answer = statistics.median(rates), statistics.median(seconds)
            print(f"{model:20} {count:4}  {rate:17.1f}  {real_rate:8.1f}  {rate / real_rate:5.2f}  "
                  f"{answer:17.2f}  {real_answer:8.2f}  {answer / real_answer:5.2f}", flush=True)


if __name__ == "__main__":
    main()
