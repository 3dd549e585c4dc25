"""An answer without a terminal: what goes to which stream, in which form, and with which status."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from terminal import has, lacks, main, same


def ask(caro, *words, answer="ls -d .", shell=None, **options):
    """Runs caro (or `shell`, a line with $caro in it) on one scripted answer."""
    with tempfile.TemporaryDirectory(prefix="caro-pipe-") as folder:
        pathlib.Path(folder, "answers").write_text(answer + "\n")
        env = {"HOME": folder, "PATH": os.environ["PATH"], "CARO_BACKEND": "scripted", "caro": caro,
               "SCRIPTED_ANSWERS": folder + "/answers"}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env.update(options.pop("env", {}))
        command = ["/bin/bash", "-c", shell] if shell else [caro, *words]
        return subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False, **options)


SCHEMA = {
    "command": str, "explanation": str, "risk": str, "findings": list, "alternatives": list, "backend": str, "model": str,
    "shell": str, "executed": bool, "exit_code": (int, type(None)), "timings_ms": dict, "tokens": dict, "warnings": list}
FINDING = {"rule": str, "risk": str, "message": str, "start": int, "end": int, "safer": str}


def shape(document, wanted, what):
    same(list(document), list(wanted), what)
    for key, kind in wanted.items():
        assert isinstance(document[key], kind), f"{what}.{key} is {document[key]!r}"


def test_the_schema_of_json_stays_as_documented(caro):
    made = ask(caro, "-o", "json", "-a", "1", "tidy up", answer="rm -rf build\nls")
    document = json.loads(made.stdout)
    shape(document, SCHEMA, "answer")
    same(list(document["timings_ms"]), ["startup", "load", "prompt", "generate", "total"])
    same(list(document["tokens"]), ["prompt", "cached", "generated"])
    shape(document["findings"][0], FINDING, "finding")
    assert document["risk"] in ("safe", "moderate", "high", "critical")
    shape(document["alternatives"][0], {"command": str, "explanation": str, "risk": str, "findings": list}, "alternative")
    same((made.returncode, made.stderr), (0, ""))


def test_a_run_as_json_is_one_document(caro):
    made = ask(caro, "-x", "-y", "-o", "json", "say it", answer="echo out; echo err >&2; exit 7")
    document = json.loads(made.stdout)
    same((made.returncode, document["executed"], document["exit_code"]), (7, True, 7))
    has(made.stderr, "out")
    has(made.stderr, "err")


def test_a_shell_that_is_not_there_is_one_document_too(caro):
    made = ask(caro, "-x", "-y", "-o", "json", "-s", "powershell", "list", answer="Get-ChildItem", env={"PATH": "/bin:/usr/bin"})
    if made.returncode != 127:
        return  # there is one
    document = json.loads(made.stdout)
    same((document["error"]["code"], document["exit_code"]), ("not_found", 127))
    plain = ask(caro, "-x", "-y", "-s", "powershell", "list", answer="Get-ChildItem", env={"PATH": "/bin:/usr/bin"})
    same((plain.returncode, plain.stdout), (127, ""))
    has(plain.stderr, "the shell pwsh is not installed")


def test_a_reader_that_goes_away_is_no_error_message(caro):
    made = ask(caro, shell='{ sleep 0.3; "$caro" list; echo "status $?" >&2; } | true')
    same(made.stderr, "status 141\n")


def test_a_full_disk_is_told_once(caro):
    for words in ("list", "-o json list", "-o yaml list", "--help", "config show"):
        made = ask(caro, shell=f'"$caro" {words} >/dev/full')
        same(made.returncode, 1, words)
        same(made.stderr.count("error:"), 1, words)
        has(made.stderr, "cannot write to standard output: No space left on device")


def test_closed_descriptors(caro):
    made = ask(caro, shell='"$caro" list >&-')
    same((made.returncode, made.stderr.count("error:")), (1, 1))
    has(made.stderr, "cannot write to standard output: Bad file descriptor")
    made = ask(caro, shell='"$caro" list 2>&-')
    same((made.returncode, made.stdout), (0, "ls -d .\n"))
    made = ask(caro, shell='"$caro" list <&-')
    same((made.returncode, made.stdout), (0, "ls -d .\n"))
    # The answer must not end up in a file that caro opens for itself.
    made = ask(caro, shell='"$caro" list <&- >&- 2>&-; echo $?; find . -type f ! -name answers -exec grep -l "ls -d" {} +')
    same(made.stdout, "1\n")


def test_dry_run_beats_execute_in_any_order(caro):
    for words in (["-n", "-x", "-y"], ["-x", "-y", "-n"], ["-xyn"]):
        made = ask(caro, *words, "make it", answer="touch made; echo done")
        same((made.returncode, made.stdout), (0, "touch made; echo done\n"), str(words))


def test_nothing_runs_without_a_yes(caro):
    made = ask(caro, "-x", "list")
    same((made.returncode, made.stdout), (3, ""))
    has(made.stderr, "needs a yes")
    made = ask(caro, "-i", "list")
    same((made.returncode, made.stdout), (2, ""))
    made = ask(caro, "-x", "-y", "tidy", answer="rm -rf /")
    same((made.returncode, made.stdout), (3, ""))


def test_options_behind_the_request(caro):
    same(json.loads(ask(caro, "list", "files", "-o", "json").stdout)["command"], "ls -d .")
    made = ask(caro, "list", "-o", "yaml")
    has(made.stdout, 'command: "ls -d ."\n')
    made = ask(caro, "list", "--no-color", env={"FORCE_COLOR": "1"}, answer="# no task")
    lacks(made.stderr, "\x1b")
    made = ask(caro, "list", env={"FORCE_COLOR": "1"}, answer="# no task")
    has(made.stderr, "\x1b[")


def test_statuses_of_the_command_come_through(caro):
    for command, status in (("exit 42", 42), ("kill -TERM $$", 143), ("no-such-program-here", 127), ("true", 0)):
        same(ask(caro, "-x", "-y", "do it", answer=command).returncode, status, command)


def interrupted(caro, *words, phase, sent=(signal.SIGINT,), after=0.3):
    """(status, standard output, standard error, seconds until the end) of caro when signals come."""
    with tempfile.TemporaryDirectory(prefix="caro-pipe-") as folder:
        pathlib.Path(folder, "answers").write_text("ls\n")
        env = {"HOME": folder, "PATH": os.environ["PATH"], "CARO_BACKEND": "scripted", "SCRIPTED_PHASE": phase,
               "SCRIPTED_ANSWERS": folder + "/answers"}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        child = subprocess.Popen([caro, *words, "say it"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        begun = time.monotonic()
        for one in sent:
            child.send_signal(one)
        out, err = child.communicate(timeout=30)
        return child.returncode, out, err, time.monotonic() - begun


def soon(caro, *words, **options):
    """The quickest of some attempts has to be quick: a busy machine does not slow all of them."""
    attempts = []
    while len(attempts) < 8 and (not attempts or attempts[-1][3] > 0.1):
        attempts.append(interrupted(caro, *words, **options))
    took = min(attempt[3] for attempt in attempts)
    assert took < (1 if any(k.endswith("SAN_OPTIONS") for k in os.environ) else 0.1), f"{took * 1000:.0f} ms"
    return attempts[-1][:3]


def test_an_interrupt_ends_caro_within_a_tenth_of_a_second(caro):
    for phase in ("load", "stuck"):
        same(soon(caro, phase=phase), (130, "", "caro: error: interrupted\n"), phase)
        same(soon(caro, phase=phase, sent=(signal.SIGTERM,)), (143, "", "caro: error: interrupted\n"), phase)
        status, out, err = soon(caro, "-o", "json", phase=phase)
        document = json.loads(out)
        same((status, err, document["error"]["code"], document["exit_code"]), (130, "", "cancelled", 130), phase)
        status, out, _ = soon(caro, "-o", "json", phase=phase, sent=(signal.SIGTERM,))
        same((status, json.loads(out)["exit_code"]), (143, 143), phase)
        status, out, err = soon(caro, phase=phase, sent=(signal.SIGINT, signal.SIGINT))
        same((status, out, err.count("interrupted")), (130, "", 1), phase)


def test_who_ends_caro_ends_the_command_it_runs(caro):
    with tempfile.TemporaryDirectory(prefix="caro-pipe-") as folder:
        pathlib.Path(folder, "answers").write_text("exec sleep 30\n")
        env = {"HOME": folder, "PATH": os.environ["PATH"], "CARO_BACKEND": "scripted", "SCRIPTED_ANSWERS": folder + "/answers"}
        child = subprocess.Popen([caro, "-x", "-y", "wait"], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        has(child.stderr.readline(), "running: ")
        time.sleep(0.3)
        begun = time.monotonic()
        child.terminate()
        same(child.wait(timeout=20), 143)
        assert time.monotonic() - begun < 10


if __name__ == "__main__":
    main(globals())
