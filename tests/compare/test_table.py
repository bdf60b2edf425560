import io

from rich.console import Console

from avh.compare.progress import Progress
from avh.compare.table import PlainLines, live_table, watching
from avh.train.status import Status

RUNNING = Progress(
    "relu",
    "running",
    Status(
        "running",
        300,
        1500,
        loss=0.31116,
        accuracy=0.922,
        val_accuracy=0.9,
        examples_per_second=2150.4,
        seconds_left=75.2,
    ),
)
FAILED = Progress("selu", "failed", Status("running", 7, 1500), "killed by SIGKILL")
WAITING = Progress("lrelu", "waiting")


def text_of(renderable, width=120):
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue()


def test_one_row_a_run_with_what_is_known_of_it():
    lines = text_of(live_table([RUNNING, WAITING, FAILED])).splitlines()
    (row,) = (line for line in lines if "relu" in line and "running" in line)
    for cell in ("300/1500", "0.3112", "0.922", "0.900", "2,150", "1:15"):
        assert cell in row
    assert sum("waiting" in line for line in lines) == 1
    assert lines[-1] == "selu failed: killed by SIGKILL"


def test_the_table_fits_a_terminal_of_80_characters():
    lines = text_of(live_table([RUNNING, WAITING, FAILED]), width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert any("1:15" in line for line in lines)


def test_where_there_are_more_runs_than_lines_those_without_news_are_counted():
    finished = [Progress(f"done_{n}", "finished") for n in range(57)]
    runs = [*finished, RUNNING, FAILED, *(Progress(f"later_{n}", "waiting") for n in range(40))]
    lines = text_of(live_table(runs, height=24)).splitlines()
    assert len(lines) <= 24
    assert any("57 runs" in line and "finished" in line for line in lines)
    assert any("40 runs" in line and "waiting" in line for line in lines)
    assert any("300/1500" in line for line in lines)
    assert "selu failed: killed by SIGKILL" in lines
    assert "done_3" in text_of(live_table(runs, height=200))


def test_elsewhere_a_line_when_a_run_changes_its_state():
    console, now = Console(file=io.StringIO(), width=40), [0.0]
    lines = PlainLines(console, clock=lambda: now[0])
    lines([WAITING, RUNNING])
    lines([WAITING, RUNNING])
    said = console.file.getvalue().splitlines()
    assert said == [
        "lrelu: waiting",
        "relu: running, step 300/1500, loss 0.3112, accuracy 0.922, test accuracy 0.900, "
        "examples/s 2,150, left 1:15",
    ]
    now[0] = 10.0
    lines([WAITING, RUNNING])
    lines([WAITING, RUNNING])
    assert console.file.getvalue().splitlines()[2:] == said[1:]
    lines([FAILED])
    assert "selu: failed, killed by SIGKILL, step 7/1500" in console.file.getvalue()


def test_names_are_text_and_not_markup():
    run = Progress("[bold]x", "failed", None, "got [red]")
    assert "[bold]x" in text_of(live_table([run]))
    assert "got [red]" in text_of(live_table([run]))


def test_a_terminal_gets_the_table_in_place():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with watching(console) as watch:
        watch([WAITING])
        watch([RUNNING])
    assert "300/1500" in console.file.getvalue()
    with watching(Console(file=io.StringIO())) as watch:
        assert isinstance(watch, PlainLines)
