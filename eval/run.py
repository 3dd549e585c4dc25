#!/usr/bin/env python3
"""Measures how often caro's answers are right, by running them in a sandbox.

  eval/run.py --caro build/release/caro             # the binary, not on a terminal, -o json
  eval/run.py --answers build/test/bench/answers --model FILE.gguf    # in one process, remembering what the model said
  eval/run.py --server http://127.0.0.1:8080        # a llama-server; the prompt is read from data/
  eval/run.py --check-tasks                         # do the reference commands themselves work?

Needs Linux with unshare (util-linux); python3 standard library only."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
import fixture  # noqa: E402
import prompt  # noqa: E402
import sandbox  # noqa: E402
import tasks as tasklib  # noqa: E402

SUITES = ["dev", "work", "tools", "held", "fresh", "blind", "languages", "refuse-dev", "refuse-held"]


class Runner:
    """Executes commands in copies of one fixture and remembers outcomes (commands repeat a lot between
    experiments). The memory is dropped when the fixture's code or the day changes."""

    def __init__(self, use_cache: bool):
        self.words = sandbox.isolation()
        if self.words is None:
            sys.exit("eval: unshare cannot make namespaces here, so nothing can be run safely")
        code = b"".join((HERE / "lib" / name).read_bytes() for name in ("fixture.py", "sandbox.py"))
        stamp = hashlib.sha256(code + time.strftime("%F").encode()).hexdigest()[:16]
        self.file = Path(tempfile.gettempdir()) / f"caro-eval-{os.getuid()}-{stamp}.json"
        self.memory = json.loads(self.file.read_text()) if use_cache and self.file.exists() else {}
        self.lock = threading.Lock()
        self.base = tempfile.TemporaryDirectory(prefix="caro-fixture-")
        self.template = Path(self.base.name) / "tree"
        fixture.build(self.template)

    def run(self, command: str, task: tasklib.Task) -> sandbox.Outcome:
        key = json.dumps([command, task.setup, task.probe])
        with self.lock:
            known = self.memory.get(key)
        if known is None:
            known = asdict(sandbox.run(command, self.template, self.words, task.setup, task.probe))
            with self.lock:
                self.memory[key] = known
        return sandbox.Outcome(**known)

    def folder(self, task: tasklib.Task) -> Path:
        """A working directory like the one the task runs in, to be looked at only."""
        with self.lock:
            box = Path(self.base.name) / hashlib.sha256(task.setup.encode()).hexdigest()[:16]
            return box / "work" if box.exists() else sandbox.prepare(self.template, self.words, task.setup, box)

    def save(self):
        self.file.write_text(json.dumps(self.memory))


def judge(task: tasklib.Task, command: str, refused: bool, runner: Runner) -> tuple[bool, str]:
    """(right?, what was seen)"""
    if task.refuse:
        return refused, ""
    if refused or not command:
        return False, "refused"
    if tasklib.accepted(task, command):
        return True, "accepted by pattern"
    if not task.ref:
        return False, "not among the accepted forms"
    got = runner.run(command, task)
    if any(tasklib.same(task, got, runner.run(ref, task)) for ref in task.ref):
        return True, ""
    seen = got.probe if task.check == "probe" else got.stdout
    return False, f"status {got.status}; {got.stderr.strip()[:160]!r}; output {seen[:300]!r}"


class ServerBackend:
    """llama-server's raw completion, with the text that the binary would send."""

    def __init__(self, url: str, shell: str):
        self.url = url.rstrip("/") + "/completion"
        self.pack = prompt.load(shell)

    def ask(self, task: tasklib.Task) -> tuple[str, bool, str]:
        body = {"prompt": self.pack.prefix + self.pack.tail(task.ask, task.piped), "temperature": 0, "top_k": 1,
                "n_predict": 120, "stop": self.pack.stop, "cache_prompt": True}
        request = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=900) as reply:
            text = json.load(reply)["content"]
        command, refused = prompt.extract(text)
        return command, refused, text


class BinaryBackend:
    def __init__(self, path: str, extra: list[str], folder):
        self.words = [str(Path(path).resolve()), *extra, "-o", "json"]
        self.folder = folder

    def ask(self, task: tasklib.Task) -> tuple[str, bool, str]:
        done = subprocess.run([*self.words, "--", task.ask], input=task.piped or None, capture_output=True, text=True, cwd=self.folder(task),
                              stdin=None if task.piped else subprocess.DEVNULL, timeout=300)
        try:
            command = json.loads(done.stdout).get("command") or ""
        except ValueError:
            command = ""
        return command, not command, done.stdout + done.stderr


class AnswersBackend:
    """bench/answers, one request at a time."""

    def __init__(self, path: str, model: str, memory: str, folder):
        self.process = subprocess.Popen([str(Path(path).resolve()), model, memory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = folder
        self.lock = threading.Lock()

    def ask(self, task: tasklib.Task) -> tuple[str, bool, str]:
        with self.lock:
            request = {"ask": task.ask, "piped": task.piped, "cwd": str(self.folder(task))}
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        return answer["command"], not answer["command"], answer["error"]


def check_tasks(all_tasks: list[tasklib.Task], runner: Runner) -> int:
    """References must run, and must do or print something."""
    bad = 0
    nothing = {}
    for task in all_tasks:
        for ref in task.ref:
            got = runner.run(ref, task)
            idle = nothing.setdefault(task.setup, runner.run("true", tasklib.Task("", "", "", "", setup=task.setup)))
            silent = task.check not in ("tree", "probe") and not got.stdout.strip()
            unchanged = task.check == "tree" and got.tree == idle.tree
            if got.timed_out or got.status in (2, 97, 126, 127) or silent or unchanged:
                bad += 1
                print(f"{task.id}: {ref!r}: status {got.status} {got.stderr[:200]!r} {got.stdout[:80]!r}")
    print(f"{bad} doubtful references")
    return 1 if bad else 0


def report(results: list[dict], verbose: bool):
    if verbose:
        for row in results:
            if not row["right"]:
                print(f"\n{row['id']} [{row['category']}] {row['ask']}\n    {row['command'] or row['raw']}\n    {row['seen']}")
        print()
    groups = defaultdict(list)
    for row in results:
        groups[row["suite"], row["category"]].append(row["right"])
    for suite in SUITES:
        rows = [row["right"] for row in results if row["suite"] == suite]
        if rows:
            parts = ", ".join(f"{c} {sum(v)}/{len(v)}" for (s, c), v in sorted(groups.items()) if s == suite)
            print(f"{suite:12} {sum(rows):4}/{len(rows):<4} {100 * sum(rows) / len(rows):5.1f} %   {parts}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="address of a llama-server")
    parser.add_argument("--caro", help="path of the binary")
    parser.add_argument("--answers", help="path of bench/answers")
    parser.add_argument("--model", help="model file for --answers")
    parser.add_argument("--memory", help="file in which --answers keeps what the model said",
                        default=str(Path(tempfile.gettempdir()) / f"caro-answers-{os.getuid()}.jsonl"))
    parser.add_argument("--elsewhere", action="store_true", help="ask in an empty folder, not in the one with the task's files")
    parser.add_argument("--caro-arg", action="append", default=[], help="more words for the binary")
    parser.add_argument("--suite", action="append", choices=SUITES, help="default: all")
    parser.add_argument("--category", help="only this category")
    parser.add_argument("--every", type=int, default=1, help="only each Nth request")
    parser.add_argument("--shell", default="posix", help="prompt family for --server")
    parser.add_argument("--check-tasks", action="store_true")
    parser.add_argument("--no-cache", action="store_true", help="run every command again")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="requests at a time")
    parser.add_argument("-o", "--output", help="write all results as JSON")
    parser.add_argument("-v", "--verbose", action="store_true", help="show failures")
    args = parser.parse_args()
    chosen = tasklib.load(HERE / "tasks", args.suite or SUITES)
    chosen = [t for t in chosen if not args.category or t.category == args.category][:: args.every]
    runner = Runner(not args.no_cache)
    if args.check_tasks:
        status = check_tasks(chosen, runner)
        runner.save()
        return status
    if not (args.server or args.caro or (args.answers and args.model)):
        parser.error("--caro, --server, or --answers with --model is needed")
    empty = Path(runner.base.name) / "empty"
    empty.mkdir()
    folder = (lambda task: empty) if args.elsewhere else runner.folder
    if args.answers:
        backend = AnswersBackend(args.answers, args.model, args.memory, folder)
    else:
        backend = ServerBackend(args.server, args.shell) if args.server else BinaryBackend(args.caro, args.caro_arg, folder)

    def one(task: tasklib.Task) -> dict:
        begun = time.monotonic()
        command, refused, raw = backend.ask(task)
        seconds = time.monotonic() - begun
        right, seen = judge(task, command, refused, runner)
        return {"id": task.id, "suite": task.suite, "category": task.category, "ask": task.ask, "command": command,
                "refused": refused, "right": right, "seen": seen, "seconds": round(seconds, 3), "raw": raw}

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(one, chosen))
    runner.save()
    report(results, args.verbose)
    if args.output:
        Path(args.output).write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
