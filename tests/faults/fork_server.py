"""Starts trainers that have TensorFlow imported already, each in a process of its own.

A trainer takes seconds to import what it needs; here it is imported once and each trainer is a fork
of this process, which runs no TensorFlow operation itself: that would start threads, which a fork
does not take along. One JSON object a line comes on standard input, one goes to standard output:

    {"start": [flags of the trainer], "log": file}  ->  {"pid": 123}
    {"wait": 123}                                   ->  {"code": -9}

It ends when its standard input does, and its trainers with it.
"""

import ctypes
import json
import os
import signal
import sys
import time
from importlib import import_module

PATIENCE = 240
_PR_SET_PDEATHSIG = 1


def main():
    """Answer until standard input ends."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    for name in ("data.mnist5k", "models.mlp", "train.quiet", "train.trainer"):
        import_module(f"avh.{name}")
    from avh.cli.train import main as train

    prctl = ctypes.CDLL(None).prctl
    for line in sys.stdin:
        wanted = json.loads(line)
        if "wait" in wanted:
            answer = {"code": wait(wanted["wait"])}
        else:
            answer = {"pid": start(train, wanted["start"], wanted["log"], prctl)}
        print(json.dumps(answer), flush=True)


def start(train, flags, log, prctl):
    """A trainer's process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = train(flags, prog="trainer.py")
    except SystemExit as error:
        code = error.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(pid):
    """How a trainer ended: its exit code, or the signal that killed it as a negative number."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
