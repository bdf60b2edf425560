import os
import signal
import subprocess
import sys

from avh.compare.interruption import interruptions


def test_signals_are_counted_and_the_old_handlers_come_back():
    before = signal.getsignal(signal.SIGINT)
    with interruptions() as interruption:
        assert not interruption.asked()
        assert interruption.exit_code == 0
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.asked()
        assert not interruption.insisted()
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.insisted()
        assert interruption.exit_code == 143
    assert signal.getsignal(signal.SIGINT) is before


def test_a_child_gets_the_default_handler_although_sigint_was_ignored():
    shows = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptions():
            said = subprocess.run([sys.executable, "-c", shows], capture_output=True, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert said.stdout == "True\n"


def test_nohup_stays_in_force():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptions() as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interruption.asked()
    finally:
        signal.signal(signal.SIGHUP, before)
