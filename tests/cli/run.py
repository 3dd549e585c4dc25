#!/usr/bin/env python3
"""Runs records of command-line tests; README.md beside this file describes them."""
import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LISTS = {"RUN", "ENV", "EXPECT", "EXPECT_HAS", "EXPECT_NOT", "EXPECT_RE", "STDERR", "STDERR_HAS", "STDERR_NOT",
         "STDERR_RE", "FILE", "HOLDS", "ABSENT"}
SINGLE = {"NAME", "STDIN", "STDIN_SILENT", "RC", "MAX_MS", "REQUIRES", "TIMEOUT"}


class BadRecord(Exception):
    pass


def read_records(path):
    """Yields dicts: key -> text, or for keys of LISTS a list of [value, [continuation lines]]."""
    record, last = None, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("|"):
            if last is None:
                raise BadRecord(f"{path}:{number}: '|' without a key above it")
            last[1].append(line[2:] if line.startswith("| ") else line[1:])
            continue
        if not line.strip() or line.startswith("#"):
            continue
        key, _, value = line.partition(" ")
        value = value.strip()
        if key not in LISTS | SINGLE:
            raise BadRecord(f"{path}:{number}: unknown key '{key}'")
        if key == "NAME":
            if record:
                yield record
            record = {"NAME": value, "LINE": number}
            last = None
            continue
        if record is None:
            raise BadRecord(f"{path}:{number}: a record begins with NAME")
        if key in SINGLE:
            if key in record:
                raise BadRecord(f"{path}:{number}: {key} is given twice")
            record[key] = value
            last = None
        else:
            last = [value, []]
            record.setdefault(key, []).append(last)
    if record:
        yield record


def unescape(text):
    """\\n, \\t, \\0, \\\\ and \\xHH; the result is bytes."""
    names = {"n": b"\n", "t": b"\t", "r": b"\r", "0": b"\0", "\\": b"\\"}

    def one(match):
        code = match.group(1).decode()
        return bytes([int(code[1:], 16)]) if code[0] == "x" else names[code]

    return re.sub(rb"\\(x[0-9a-fA-F]{2}|[ntr0\\])", one, text.encode())


def lines_of(entries):
    """The text that a list of values with continuation lines stands for; a lone key without value is no text."""
    lines = [line for value, more in entries for line in ([value] if value else []) + more]
    return "".join(line + "\n" for line in lines)


class Case:
    def __init__(self, record, caro, source):
        self.record = record
        self.problems = []
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="caro-cli-"))
        self.places = {"home": self.root / "home", "work": self.root / "work", "caro": caro, "source": source}

    def fill(self, text):
        for name, place in self.places.items():
            text = text.replace("{%s}" % name, str(place))
        return text

    def texts(self, key):
        return [(self.fill(value), [self.fill(line) for line in more]) for value, more in self.record.get(key, [])]

    def environment(self):
        environment = {"HOME": str(self.places["home"]), "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                       "SHELL": "/bin/bash", "TERM": "dumb", "LC_ALL": "C.UTF-8",
                       "OLLAMA_HOST": "127.0.0.1:9",  # nobody listens there
                       "XDG_CONFIG_DIRS": str(self.places["work"] / "etc")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        for value, _ in self.texts("ENV"):
            name, separator, content = value.partition("=")
            if separator:
                environment[name] = content
            else:
                environment.pop(name.lstrip("-"), None)
        return environment

    def set_up(self):
        for folder in (self.places["home"], self.places["work"], self.root / "bin"):
            folder.mkdir()
        (self.root / "bin" / "caro").symlink_to(self.places["caro"])
        for name, lines in self.texts("FILE"):
            path = self.places["work"] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def run(self):
        script = "\n".join(value for value, more in self.texts("RUN") for value in [value, *more])
        limit = float(self.record.get("TIMEOUT", 20))
        data, stdin, held = None, subprocess.DEVNULL, None
        if "STDIN" in self.record:
            data, stdin = unescape(self.fill(self.record["STDIN"])), subprocess.PIPE
        elif "STDIN_SILENT" in self.record:
            stdin, held = os.pipe()
        began = time.monotonic()
        process = subprocess.Popen(["/bin/sh", "-c", script], cwd=self.places["work"], env=self.environment(),
                                   stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        try:
            out, err = process.communicate(data, timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            self.problems.append(f"did not end within {limit:g} s")
        took = (time.monotonic() - began) * 1000
        if held is not None:
            os.close(stdin)
            os.close(held)
        self.check(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"), took)

    def check(self, status, out, err, took):
        expected = int(self.record.get("RC", 0))
        if status != expected:
            self.problems.append(f"exit status {status}, not {expected}")
        for key, text in (("EXPECT", out), ("STDERR", err)):
            if key in self.record:
                whole = self.fill(lines_of(self.record[key]))
                if text != whole:
                    self.problems.append(f"{key}: expected\n{indent(whole)}")
            for part, _ in self.texts(key + "_HAS"):
                if part not in text:
                    self.problems.append(f"{key}_HAS: missing '{part}'")
            for part, _ in self.texts(key + "_NOT"):
                if part in text:
                    self.problems.append(f"{key}_NOT: found '{part}'")
            for pattern, _ in self.texts(key + "_RE"):
                if not re.search(pattern, text, re.MULTILINE):
                    self.problems.append(f"{key}_RE: no match for /{pattern}/")
        for name, lines in self.texts("HOLDS"):
            path = self.places["work"] / name
            whole = "".join(line + "\n" for line in lines)
            got = path.read_text(encoding="utf-8") if path.is_file() else "(no such file)\n"
            if got != whole:
                self.problems.append(f"HOLDS {name}: expected\n{indent(whole)}    got\n{indent(got)}")
        for name, _ in self.texts("ABSENT"):
            if (self.places["work"] / name).exists():
                self.problems.append(f"ABSENT: {name} exists")
        if "MAX_MS" in self.record and took > float(self.record["MAX_MS"]):
            self.problems.append(f"took {took:.0f} ms, more than {self.record['MAX_MS']}")
        if self.problems:
            self.problems.append(f"standard output\n{indent(out)}    standard error\n{indent(err)}")

    def tear_down(self):
        for folder, _, _ in os.walk(self.root):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.root)


def indent(text):
    return "".join(f"      {line}\n" for line in text.splitlines())


def run_file(path, caro, source, words):
    """Returns (passed, skipped, failed) and prints what failed."""
    counts = [0, 0, 0]
    for record in read_records(path):
        if words and words not in record["NAME"]:
            continue
        missing = [tool for tool in record.get("REQUIRES", "").split() if shutil.which(tool) is None]
        if missing:
            print(f"skipped: {record['NAME']} (no {', '.join(missing)})")
            counts[1] += 1
            continue
        if "RUN" not in record:
            raise BadRecord(f"{path}:{record['LINE']}: no RUN")
        case = Case(record, caro, source)
        try:
            case.set_up()
            case.run()
        finally:
            case.tear_down()
        counts[2 if case.problems else 0] += 1
        if case.problems:
            print(f"{path}:{record['LINE']}: FAILED {record['NAME']}")
            for problem in case.problems:
                print(f"    {problem}")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--caro", required=True, type=pathlib.Path)
    parser.add_argument("-k", default="", help="run only records whose NAME holds this")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    source = pathlib.Path(__file__).resolve().parent.parent.parent
    total = [0, 0, 0]
    try:
        for path in arguments.files:
            total = [a + b for a, b in zip(total, run_file(path, arguments.caro.resolve(), source, arguments.k))]
    except BadRecord as error:
        print(error)
        return 2
    print(f"{total[0]} passed, {total[1]} skipped, {total[2]} failed")
    return 1 if total[2] or not total[0] + total[1] else 0


sys.exit(main())
