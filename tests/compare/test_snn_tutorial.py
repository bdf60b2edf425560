"""The claim of the tutorial, on a small network: after 50 updates the SELU side is ahead.

The whole claim, on the network of the tutorial and over five seeds, is what
`python script.py --experiment snn_tutorial` prints.
"""

import pytest

from avh.compare.experiments import find
from avh.compare.plan import plan_runs
from avh.train.batches import Batches
from avh.train.scores import score
from avh.train.session import prepare

SMALL = ("--channels", "4,8", "--units", "32")
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """(variant, seed) -> (test loss, test accuracy)."""
    from avh.cli import train
    from avh.train.preflight import completed

    experiment = find("snn_tutorial")
    directory = tmp_path_factory.mktemp("runs")
    plans = plan_runs(
        experiment.variants,
        directory,
        flags=experiment.flags,
        trainer_flags=SMALL,
        seeds=SEEDS,
    )
    found = {}
    for plan in plans:
        session = prepare(completed(*train.read_config(train.build_parser(), list(plan.argv))))
        config, data = session.config, session.dataset
        batches = Batches(
            data, config.batch_size, config.seed, 1, config.max_steps, session.preprocess
        )
        session.model.fit(batches, shuffle=False, verbose=0)
        found[plan.variant, plan.seed] = score(
            session.model, data.x_test, data.y_test, session.preprocess
        )
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_selu_is_ahead_of_relu_after_50_updates(scores, seed):
    (relu_loss, relu_accuracy), (selu_loss, selu_accuracy) = (
        scores["relu", seed],
        scores["selu", seed],
    )
    assert selu_loss < relu_loss
    assert selu_accuracy > relu_accuracy
