import subprocess
import sys

import pytest

from avh.cli import main as command


@pytest.mark.parametrize("name", ["compare", "train", "evaluate", "download"])
def test_each_command_answers_help_under_its_own_name(name, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: avh {name} ")


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"  {name}" in said for name in command.COMMANDS)


@pytest.mark.parametrize("argv", [[], ["trane"], ["--verbose"]])
def test_anything_else_is_one_line_and_exit_code_2(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(argv)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("argv", [[], ["compare"], ["train"], ["evaluate"], ["download"]])
def test_help_imports_nothing_heavy(argv):
    heavy = {"tensorflow", "keras", "matplotlib", "pandas", "sklearn", "scipy", "tensorboard"}
    script = (
        "import sys\nfrom avh.cli.main import main\n"
        f"try:\n    main([*{argv!r}, '--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert said.stderr == "[]\n"
