import dataclasses

import pytest

from avh.train.config import TrainConfig
from avh.train.preflight import check_evaluation, check_examples, check_input, completed, resumed


def test_a_new_run_starts_at_step_zero(tmp_path):
    config = TrainConfig(train_dir=str(tmp_path / "runs"))
    assert check_input(config) == (None, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_starts_at_the_step_of_its_checkpoint(trained):
    config = resumed(TrainConfig(checkpoint=str(trained), max_steps=13), {"max_steps"})
    file, step = check_input(config)
    assert (file.name, step) == ("step_000012.weights.h5", 12)
    assert (config.channels, config.dropout) == ((4, 4, 4), 0.2)


def test_nothing_is_left_to_do_at_the_last_step(trained):
    with pytest.raises(
        ValueError, match="more than the 12 steps of the checkpoint expected, got 12"
    ):
        check_input(TrainConfig(checkpoint=str(trained), max_steps=12))


def test_a_checkpoint_away_from_its_run_inherits_nothing(trained, tmp_path):
    file = tmp_path / "alone" / "deep" / "step_000012.weights.h5"
    file.parent.mkdir(parents=True)
    file.write_bytes((trained / "checkpoints" / file.name).read_bytes())
    config = TrainConfig(checkpoint=str(file))
    assert resumed(config, set()) == config
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        check_evaluation(str(file), None, None, None)


def test_what_is_missing_or_wrong_is_named(trained, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        resumed(TrainConfig(checkpoint=str(tmp_path / "nowhere")), set())
    with pytest.raises(ValueError, match="trained is neither"):
        check_input(TrainConfig(train_dir=str(trained.parent), run_name="trained"))
    with pytest.raises(ValueError, match="NOPE"):
        check_input(dataclasses.replace(TrainConfig(), dataset="NOPE"))


def test_an_evaluation_goes_into_the_run_unless_told_otherwise(trained, tmp_path):
    assert check_evaluation(str(trained), None, None, None) == trained / "evaluation.json"
    out = tmp_path / "out.json"
    assert check_evaluation(str(trained), None, None, out) == out
    for wrong in (tmp_path, tmp_path / "nowhere" / "out.json"):
        with pytest.raises(OSError, match="output: a file that can be written expected"):
            check_evaluation(str(trained), None, None, wrong)
    with pytest.raises(ValueError, match="NOPE"):
        check_evaluation(str(trained), "NOPE", None, None)


def test_epochs_and_steps_together_are_refused():
    with pytest.raises(ValueError, match="epochs or max_steps, got both"):
        completed(TrainConfig(epochs=2, max_steps=5), {"epochs", "max_steps"})


def test_what_a_checkpoint_brings_prevails_over_recommendations(trained):
    config = completed(TrainConfig(checkpoint=str(trained), model="snn"), {"model"})
    assert (config.batch_size, config.learning_rate, config.activation) == (16, 1e-3, "relu")
    assert config.max_steps == 50  # which no run inherits


def test_the_number_of_examples_decides_the_length_of_a_resumed_run(trained):
    config = TrainConfig(checkpoint=str(trained), epochs=2, batch_size=10)
    assert check_input(config)[1] == 12
    assert check_examples(config, 70, 12).max_steps == 14
    with pytest.raises(ValueError, match="more than the 12 steps of the checkpoint"):
        check_examples(config, 60, 12)
    with pytest.raises(ValueError, match="at most the 9 training examples expected, got 10"):
        check_examples(config, 9, 0)


def test_a_checkpoint_goes_on_with_its_own_optimizer(trained):
    config = TrainConfig(checkpoint=str(trained), optimizer="sgd")
    with pytest.raises(ValueError, match=r"optimizer: adam expected.*got sgd"):
        resumed(config, {"optimizer"})
    assert resumed(config, set()).optimizer == "adam"
