"""The interval follows the measured cost, and the cost is told."""

import re

import numpy as np
import pytest

import avh
from avh.monitor.agenda import Agenda
from avh.monitor.budget import Budget, Overhead
from avh.records.reader import read_run, scalars


def simulate(share, interval, *, step, cost, steps):
    """Run a budget against a training whose times are known; give it and the steps recorded."""
    overhead = Overhead()
    budget, recorded = Budget(share, interval, overhead), []
    for number in range(1, steps + 1):
        if budget(number):
            overhead.add_record(step + cost, 0.0)
            budget.recorded(number)
            recorded.append(number)
        else:
            overhead.add_steps(step)
    return budget, overhead, recorded


@pytest.mark.parametrize(("cost", "interval"), [(0.002, 10), (0.02, 100), (0.0004, 2)])
def test_the_interval_goes_to_cost_by_share_and_step(cost, interval):
    budget, _, recorded = simulate(0.02, 10, step=0.01, cost=cost, steps=5000)
    assert budget.interval == pytest.approx(interval, rel=0.01)
    assert np.diff(recorded)[-5:].tolist() == [interval] * 5


def test_the_measured_share_is_the_monitors_time_by_the_trainings():
    _, overhead, recorded = simulate(0.02, 10, step=0.01, cost=0.002, steps=1000)
    spent = (len(recorded) - 1) * 0.002  # the first record compiles, and is left out
    assert overhead.share == pytest.approx(spent / (0.01 * 999), rel=0.01)
    assert overhead.share == pytest.approx(0.02, rel=0.05)


def test_one_slow_record_stretches_the_interval_at_most_fourfold():
    overhead = Overhead()
    budget = Budget(0.01, 10, overhead)
    overhead.add_record(1.0, 0.0)
    budget.recorded(1)
    overhead.add_steps(0.09, steps=9)
    overhead.add_record(100.0, 0.0)
    budget.recorded(11)
    assert budget.interval == 40
    assert next(step for step in range(12, 60) if budget(step)) == 51


def test_nothing_is_known_before_two_records():
    overhead = Overhead()
    assert np.isnan(overhead.share)
    overhead.add_record(3.0, 0.0)
    overhead.add_background(1.0)
    assert np.isnan(overhead.share)
    assert overhead.record_cost == 0


def test_the_background_threads_time_counts():
    overhead = Overhead()
    for _ in range(2):
        overhead.add_steps(1.0)
        overhead.add_record(1.0, 0.0)
    overhead.add_background(0.5)
    assert overhead.record_cost == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2])
def test_a_share_outside_0_and_1_is_refused(tmp_path, share):
    with pytest.raises(ValueError, match="budget: a share above 0 and below 1 expected"):
        avh.ActivationMonitor(tmp_path, budget=share)


def test_a_budget_needs_numbers_of_steps(tmp_path):
    with pytest.raises(TypeError, match="numbers of steps for every and pictures_every"):
        avh.ActivationMonitor(tmp_path, every=lambda step: True, budget=0.02)
    with pytest.raises(TypeError, match="numbers of steps for every and pictures_every"):
        avh.ActivationMonitor(tmp_path, pictures_every=lambda step: True, budget=0.02)


def test_a_fit_logs_its_overhead_and_tells_it_at_the_end(tmp_path, small_fit, capsys):
    small_fit(avh.ActivationMonitor(tmp_path, every=2, pictures_every=None, budget=0.5), 60)
    steps, shares = scalars(tmp_path)["avh/overhead"]
    records = read_run(tmp_path).steps.tolist()
    assert records[0] == 1
    assert steps.tolist() == records[1:], "from the second record on"
    assert (shares > 0).all()
    told = re.search(
        r"the monitor took ([\d.]+)% of the step time \(budget 50.0%\), last at every \d+ steps",
        capsys.readouterr().out,
    )
    # what the background thread did after the last record is in the printed share only
    assert float(told[1]) / 100 >= shares[-1] - 0.001


def test_pictures_keep_their_ratio_to_the_records():
    agenda = Agenda(every=10, pictures_every=50, budget=0.02)
    due = []
    for step in range(1, 201):
        if agenda.is_due(step):
            due.append(agenda.has_pictures(step))
            agenda.recorded(step)
    assert due == [index % 5 == 0 for index in range(len(due))]
    assert len(due) == 20
