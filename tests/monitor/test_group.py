"""A monitor notes the group of its run."""

import keras
import numpy as np
import pytest

import avh
from avh.records.reader import read_run


def test_the_records_say_the_group_of_the_run(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="fc")])
    model.compile("sgd", "mse", run_eagerly=True)
    monitor = avh.ActivationMonitor(tmp_path, pictures_every=None, seed=3, group="relu")
    model.fit(np.ones((2, 2)), np.ones((2, 2)), callbacks=[monitor], verbose=0)
    info = read_run(tmp_path).info
    assert (info.group, info.seed) == ("relu", 3)


@pytest.mark.parametrize(("wrong", "error"), [(7, TypeError), ("", ValueError)])
def test_what_is_no_name_is_refused(tmp_path, wrong, error):
    with pytest.raises(error, match="group: a name or None expected, got"):
        avh.ActivationMonitor(tmp_path, group=wrong)
