import pytest

from avh.train.pace import Pace


def test_nothing_is_known_before_the_second_step():
    pace = Pace()
    pace.add(5.0, 1)
    assert pace.steps_per_second() is None
    assert pace.seconds_left(10) is None


def test_the_pace_is_that_of_the_last_ten_seconds():
    pace = Pace()
    for second in range(100):
        pace.add(float(second), second)  # one step a second
    for tenth in range(1, 201):
        pace.add(99 + tenth / 10, 99 + tenth)  # ten steps a second, for twenty seconds
    assert pace.steps_per_second() == pytest.approx(10)
    assert pace.seconds_left(50) == pytest.approx(5)


def test_two_steps_at_one_moment_say_nothing():
    pace = Pace()
    pace.add(1.0, 1)
    pace.add(1.0, 2)
    assert pace.steps_per_second() is None
