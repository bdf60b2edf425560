import os
import signal
import threading

import pytest

from avh.train.stopping import stop_on_signals


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_the_handlers_come_back(signum):
    def handler(number, frame):
        pytest.fail("expected the signal to be noted")

    before = signal.signal(signum, handler)  # the tests may themselves run under nohup
    try:
        with stop_on_signals() as stop:
            assert stop.signum is None
            os.kill(os.getpid(), signum)
            assert stop.signum == signum
        assert signal.getsignal(signum) is handler
    finally:
        signal.signal(signum, before)


def test_the_first_signal_counts():
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.signum == signal.SIGINT


def test_a_second_interrupt_ends_at_once():
    with stop_on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_another_thread_is_left_alone():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with stop_on_signals() as stop:
            seen.append((stop.signum, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(None, before)]


def test_a_hangup_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stop_on_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.signum is None
    finally:
        signal.signal(signal.SIGHUP, before)
