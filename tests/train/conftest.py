"""One small trained run that the tests of this folder look at; none changes it."""

from pathlib import Path

import pytest

from avh.train.config import TrainConfig

SMALL = {
    "channels": (4, 4, 4),
    "batch_size": 16,
    "max_steps": 12,
    "every": 4,
    "pictures_every": 12,
    "log_every": 4,
    "eval_every": 6,
    "progress": False,
    "learning_rate": 1e-3,
}


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> dict[str, object]:
    """Settings of a run of a few seconds; `train_dir` is shared, so each test names its run."""
    return {**SMALL, "train_dir": str(tmp_path_factory.mktemp("runs"))}


@pytest.fixture(scope="session")
def trained(small) -> Path:
    from avh.train.trainer import train

    return train(TrainConfig(**small, run_name="trained", dropout=0.2))
