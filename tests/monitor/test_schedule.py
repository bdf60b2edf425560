"""Which steps are due."""

import numpy as np
import pytest

import avh
from avh.monitor.schedule import as_schedule, every, log_spaced
from avh.records.reader import read_run

DUE = range(1, 2001)


def test_every_has_the_first_step_and_the_multiples():
    assert [step for step in range(1, 13) if every(5)(step)] == [1, 5, 10]
    assert [step for step in range(1, 5) if every(1)(step)] == [1, 2, 3, 4]


def test_log_spaced_has_both_ends_and_equal_ratios():
    due = [step for step in DUE if log_spaced(10, 1000, 21)(step)]
    assert due == sorted(set(np.rint(10 ** np.linspace(1, 3, 21)).astype(int)))
    assert (due[0], due[-1], len(due)) == (10, 1000, 21)


def test_log_spaced_steps_that_round_alike_are_due_once():
    due = [step for step in DUE if log_spaced(1, 10, 50)(step)]
    assert due == list(range(1, 11))


def test_log_spaced_of_one_step():
    assert [step for step in DUE if log_spaced(7, 7, 3)(step)] == [7]


@pytest.mark.parametrize("arguments", [(0, 10, 3), (10, 9, 3), (1, 10, 0)])
def test_log_spaced_checks_its_arguments(arguments):
    with pytest.raises(ValueError, match="1 <= first <= last and a positive count expected"):
        log_spaced(*arguments)


def test_none_is_never_due_and_a_function_stays_itself():
    def odd(step):
        return step % 2 == 1

    assert not any(as_schedule(None, "every")(step) for step in DUE)
    assert as_schedule(odd, "every") is odd
    assert as_schedule(np.int64(3), "every")(3)


@pytest.mark.parametrize("value", [True, 1.5, "often"])
def test_another_kind_of_schedule_is_refused(value):
    with pytest.raises(TypeError, match="every: a number of steps or a function"):
        as_schedule(value, "every")


def test_records_follow_a_function_and_pictures_their_own(tmp_path, small_fit):
    small_fit(avh.ActivationMonitor(tmp_path, every=log_spaced(1, 12, 3), pictures_every=None), 12)
    assert read_run(tmp_path).steps.tolist() == [1, 3, 12]
    small_fit(avh.ActivationMonitor(tmp_path / "2", every=lambda step: step == 5), 12)
    assert read_run(tmp_path / "2").steps.tolist() == [1, 5]  # step 1 for the pictures


def test_a_continued_run_goes_on_from_its_step(tmp_path, small_fit):
    small_fit(avh.ActivationMonitor(tmp_path, every=5, initial_step=8, pictures_every=None), 8)
    assert read_run(tmp_path).steps.tolist() == [10, 15]
