import io

from rich.console import Console

from avh.train.progress import open_display, summary
from avh.train.status import Status

RUNNING = Status(
    "running",
    200,
    1000,
    loss=0.25,
    accuracy=0.9,
    val_accuracy=0.877,
    examples_per_second=12345.6,
    seconds_left=61.0,
)


def _shown(console, *, wanted=True, due=True):
    with open_display(wanted, console) as display:
        display.show(RUNNING, due=due)
    return console.file.getvalue()


def test_a_line_says_all_that_is_known():
    assert summary(RUNNING) == (
        "step 200/1000  loss 0.2500  accuracy 90.0%  test accuracy 87.7%  "
        "12,346 examples/s  1:01 left"
    )


def test_off_a_terminal_only_due_steps_make_a_line():
    assert _shown(Console(file=io.StringIO(), width=40)) == summary(RUNNING) + "\n"
    assert _shown(Console(file=io.StringIO()), due=False) == ""


def test_on_a_terminal_the_line_is_live():
    for width in (100, 140):
        console = Console(file=io.StringIO(), force_terminal=True, width=width, no_color=True)
        shown = _shown(console, due=False)
        assert "test accuracy 87.7%" in shown
        assert "1:01 left" in shown


def test_unwanted_progress_shows_nothing():
    assert _shown(Console(file=io.StringIO(), force_terminal=True), wanted=False) == ""
