"""Storage on this machine's own disk; what lies at other addresses is fsspec's business."""

import pytest

from avh.compare.storage import Storage


@pytest.fixture
def places(tmp_path):
    """Where a run is trained, where it is kept, and where it is brought home."""
    here, home = tmp_path / "here", tmp_path / "home"
    for file, text in {
        "run/.avh-run": "avh run\n",
        "run/events.out.tfevents.1": "one",
        "run/checkpoints/step_5": "weights",
        "run/.123.rest": "half",
        "logs/run.log": "said",
    }.items():
        (here / file).parent.mkdir(parents=True, exist_ok=True)
        (here / file).write_text(text)
    home.mkdir()
    return here, (tmp_path / "kept").as_uri(), home


def files_of(place):
    return {p.relative_to(place).as_posix(): p.read_text() for p in place.rglob("*") if p.is_file()}


def test_a_run_comes_home_whole_and_without_what_was_half_written(places):
    here, address, home = places
    Storage(address).push("run", here)
    Storage(address).pull(["run", "not_begun"], home)
    expected = files_of(here)
    del expected["run/.123.rest"]
    assert files_of(home) == expected


def test_an_event_file_that_grew_is_continued_in_place(places):
    here, address, home = places
    there, back = Storage(address), Storage(address)
    there.push("run", here)
    back.pull(["run"], home)
    with open(home / "run" / "events.out.tfevents.1") as reader:
        assert reader.read() == "one"
        (here / "run" / "events.out.tfevents.1").write_text("one two")
        there.push("run", here)
        back.pull(["run"], home)
        assert reader.read() == " two"


def test_a_checkpoint_that_was_removed_goes_everywhere(places):
    here, address, home = places
    there, back = Storage(address), Storage(address)
    there.push("run", here)
    back.pull(["run"], home)
    (here / "run" / "checkpoints" / "step_5").unlink()
    (here / "run" / "checkpoints" / "step_9").write_text("newer")
    there.push("run", here)
    back.pull(["run"], home)
    assert [path.name for path in (home / "run" / "checkpoints").iterdir()] == ["step_9"]


def test_what_did_not_change_is_not_sent_again(places, tmp_path):
    here, address, _ = places
    there = Storage(address)
    there.push("run", here)
    (tmp_path / "kept" / "run" / "checkpoints" / "step_5").write_text("untouched")
    there.push("run", here)
    assert (tmp_path / "kept" / "run" / "checkpoints" / "step_5").read_text() == "untouched"


def test_records_are_sent_before_the_checkpoints_that_rest_on_them(places, monkeypatch):
    here, address, _ = places
    there, order = Storage(address), []
    put = there._put
    monkeypatch.setattr(there, "_put", lambda path, key: (order.append(key), put(path, key)))
    there.push("run", here)
    assert order.index("run/events.out.tfevents.1") < order.index("run/checkpoints/step_5")


def test_only_an_empty_address_is_taken_for_a_new_comparison(places):
    here, address, _ = places
    storage = Storage(address)
    storage.check_empty()
    storage.push("run", here)
    with pytest.raises(ValueError, match=r"holds logs/run\.log"):
        storage.check_empty()
