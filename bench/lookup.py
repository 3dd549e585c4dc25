#!/usr/bin/env python3
"""What guessing tokens by lookup gains, over the requests of eval/tasks: each is answered with and without, in turn.

Only the requests are used. Both ways run in one process on the same processors with the same model and kept prompt state.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "eval/lib"))
import tasks  # noqa: E402


def summary(name, rows):
    steps = sum(row["tokens"] - row["accepted"] for row in rows)
    tokens = sum(row["tokens"] for row in rows)
    drafted, accepted = (sum(row[key] for row in rows) for key in ("drafted", "accepted"))
    ms, without = (sum(row[key] for row in rows) / len(rows) for key in ("ms", "without_ms"))
    cpu, cpu_without = (sum(row[key] for row in rows) for key in ("cpu_ms", "cpu_without_ms"))
    ratios = sorted(row["without_ms"] / row["ms"] for row in rows)
    different = sum(not row["same"] for row in rows)
    print(f"{name:10} {len(rows):4} answers  {tokens / steps:5.2f} tokens a step  {accepted:5} of {drafted:5} guesses right "
          f"({accepted / max(1, drafted):4.0%})  {ms:6.0f} ms with  {without:6.0f} without: {without / ms:5.2f} times  "
          f"(median {statistics.median(ratios):.2f}, lowest tenth {ratios[len(ratios) // 10]:.2f})  "
          f"processor time {cpu_without / max(1, cpu):.2f} times  {different} answers differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lookup", default=str(ROOT / "build/test/bench/lookup"), help="the program built from lookup.cpp")
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "caro"
    parser.add_argument("--model", default=str(cache / "models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"))
    parser.add_argument("--state", default=str(cache / "state"), help="folder of kept prompt states")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--suites", nargs="*", default=["dev", "held", "fresh"])
    parser.add_argument("--every", type=int, default=1, help="take every n-th request only")
    parser.add_argument("--json", help="write a line for each answer to this file")
    parser.add_argument("--odds", action="store_true", help="how often each kind of guess is right, instead; see lookup_odds.cpp")
    args = parser.parse_args()
    chosen = tasks.load(ROOT / "eval/tasks", args.suites)[:: args.every]
    asks = "".join(" ".join(task.ask.split()) + "\n" for task in chosen)
    if args.odds:
        program = pathlib.Path(args.lookup).with_name("lookup_odds")
        subprocess.run([program, args.model, str(args.threads)], input=asks, text=True, check=True)
        return
    rows = []
    with open(args.json or os.devnull, "w", encoding="utf-8") as out, subprocess.Popen(
            [args.lookup, args.model, args.state, str(args.threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as child:
        child.stdin.write(asks)  # shorter than what a pipe holds
        child.stdin.close()
        for line, task in zip(child.stdout, chosen):
            out.write(line)
            out.flush()
            rows.append(dict(json.loads(line), suite=task.suite))
    if len(rows) < len(chosen):
        sys.exit("lookup ended before all requests were answered")
    for suite in args.suites:
        summary(suite, [row for row in rows if row["suite"] == suite])
    summary("all", rows)
    for row in rows:
        if not row["same"]:
            print(f"  {row['ask']!r}\n    {row['answer']!r}\n    {row['answer_with']!r}")


if __name__ == "__main__":
    main()
