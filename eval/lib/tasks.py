"""Loads task files and decides whether the outcome of a command is the right one."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

CHECKS = ("lines", "ordered", "exact", "set", "dirs", "basenames", "first_names", "number", "last_number", "tokens",
          "contains", "diff", "unquoted", "folded", "arrows", "absolute", "tree", "probe")
WORK = "/srv/work/"


@dataclass
class Task:
    id: str
    suite: str
    category: str
    ask: str
    ref: list[str] = field(default_factory=list)
    accept: list[str] = field(default_factory=list)
    check: str = "lines"
    setup: str = ""
    probe: str = ""
    piped: str = ""
    note: str = ""
    refuse: bool = False


def load(folder: Path, suites: list[str]) -> list[Task]:
    tasks: list[Task] = []
    for suite in suites:
        if suite in ("refuse-dev", "refuse-held"):
            asks = tomllib.loads((folder / "refuse.toml").read_text())[suite.split("-")[1]]
            tasks += [Task(f"{suite}/{i:02}", suite, "refuse", ask, refuse=True) for i, ask in enumerate(asks, 1)]
            continue
        files = [folder / "languages.toml"] if suite == "languages" else sorted((folder / suite).glob("*.toml"))
        for file in files:
            for i, entry in enumerate(tomllib.loads(file.read_text())["task"], 1):
                task = Task(f"{suite}/{file.stem}-{i:03}", suite, **entry)
                if task.check not in CHECKS or not (task.ref or task.accept):
                    raise ValueError(f"{file}: task {i}: bad check or nothing to compare with")
                tasks.append(task)
    return tasks


def squeeze(line: str) -> str:
    line = re.sub(r"\s+", " ", line.replace(WORK, "./").strip())
    return re.sub(r"(^|(?<=[ '\"(]))\./(?=\S)", "", line)


def lines_of(text: str) -> list[str]:
    return [line for line in (squeeze(line) for line in text.splitlines()) if line]


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)]


def name_at_end(line: str) -> str:
    line = line.rstrip("/")
    return line.rsplit("/", 1)[1] if "/" in line else line.rsplit(" ", 1)[-1]


def token_bag(text: str) -> list[str]:
    out = []
    for token in text.split():
        token = squeeze(token.strip(":,\"'="))
        try:
            token = f"{float(token):.4g}"
        except ValueError:
            pass
        if token:
            out.append(token)
    return sorted(out)


def reduce(check: str, text: str):
    """What of an output counts, in a form that can be compared with ==."""
    rows = lines_of(text)
    if check == "ordered":
        return rows
    if check == "exact":
        return text.rstrip("\n")
    if check == "set":
        return sorted(set(rows))
    if check == "dirs":
        return sorted({row.rstrip("/") for row in rows} - {".", ""})
    if check == "basenames":
        return [name_at_end(row) for row in rows if not row.startswith("total ")]
    if check == "first_names":
        return [name for name in (name_at_end(row) for row in rows) if name not in (".", "total")]
    if check == "number":
        found = numbers(text)
        return [round(found[0], 2)] if found and len(rows) <= 2 else ["none", text]
    if check == "last_number":
        found = numbers(rows[-1]) if rows else []
        return [found[0]] if found else ["none", text]
    if check == "tokens":
        return token_bag(text)
    if check == "diff":
        return text.splitlines()[2:]
    if check == "unquoted":
        return sorted(re.sub(r'["\[\],]', " ", row).strip() for row in rows if re.sub(r'["\[\], ]', "", row))
    if check == "folded":
        return sorted(row.lower() for row in rows)
    if check == "arrows":
        return sorted({tuple(map(name_at_end, row.split(" -> "))) for row in rows if " -> " in row})
    if check == "absolute":
        return sorted(line.strip() for line in text.splitlines())
    return sorted(rows)


def same(task: Task, got, want) -> bool:
    """Is `got` (an Outcome) as good as the reference's `want`?"""
    if got.timed_out:
        return False
    if task.check == "tree":
        return got.tree == want.tree
    if task.check == "probe":
        return lines_of(got.probe) == lines_of(want.probe)
    if got.tree != want.tree:
        return False  # asked to print, but it changed files
    if task.check == "contains":
        return all(row in "\n".join(lines_of(got.stdout)) for row in lines_of(want.stdout))
    return reduce(task.check, got.stdout) == reduce(task.check, want.stdout)


def accepted(task: Task, command: str) -> bool:
    return any(re.search(pattern, command) for pattern in task.accept)
