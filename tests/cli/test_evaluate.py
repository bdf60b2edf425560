import json
import re

import pytest

from avh.cli.evaluate import main
from avh.train.config import TrainConfig


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from avh.train.trainer import train

    return train(
        TrainConfig(
            channels=(4, 4, 4),
            batch_size=16,
            max_steps=4,
            progress=False,
            train_dir=str(tmp_path_factory.mktemp("runs")),
        )
    )


def test_the_result_is_a_table_and_a_file(run, capsys):
    assert main(["--checkpoint", str(run)]) == 0
    out = capsys.readouterr().out
    written = json.loads((run / "evaluation.json").read_text())
    assert f"accuracy {written['accuracy']:.2%}, loss {written['loss']:.4f}" in out
    assert "on all 1000 test examples of MNIST5K" in out
    for layer in written["layers"]:
        assert re.search(rf"\b{layer['path']}\b", out)
        assert f"{layer['statistics']['mean']:.3f}" in out
    assert written["layers"][-1]["statistics"]["saturated_fraction"] is None


def test_a_file_is_evaluated_to_where_it_is_told(run, tmp_path):
    file = run / "checkpoints" / "step_000004.weights.h5"
    output = tmp_path / "result.json"
    assert main(["--checkpoint", str(file), "-o", str(output), "--batch_size", "100"]) == 0
    assert json.loads(output.read_text())["checkpoint"] == file.name


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--checkpoint", "nowhere"],
        ["--checkpoint", "RUN", "--dataset", "NOPE"],
        ["--checkpoint", "RUN", "--batch_size", "-1"],
        ["--checkpoint", "RUN", "-o", "/proc/nowhere/x.json"],
        ["--checkpoint", "RUN/config.json"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_and_exit_code_2(run, capfd, flags):
    before = sorted(path.name for path in run.iterdir())
    with pytest.raises(SystemExit) as ended:
        main([flag.replace("RUN", str(run)) for flag in flags], prog="evaler.py")
    out, err = capfd.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert re.fullmatch(r"evaler\.py: error: [^\n]+\n", err)
    assert sorted(path.name for path in run.iterdir()) == before
