import http.client
import os
import socket

import pytest

from avh.board.launch import free_port, launch, samples_per_plugin

SAMPLES = samples_per_plugin(40, every=5, pictures_every=10)


def listening(port=0):
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen(1)
    return taken


def get(port, path):
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def listening_addresses(port):
    """Local addresses that something listens on at this port, as /proc writes them."""
    found = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        found |= {r[1].split(":")[0] for r in rows if r[3] == "0A" and int(r[1][-4:], 16) == port}
    return found


def test_samples_hold_every_step_that_is_due():
    due = {1, *(step for step in range(1, 1501) if step % 100 == 0), 1500}
    samples = samples_per_plugin(1500, every=10, pictures_every=100)
    assert samples["images"] >= len(due)
    assert samples["images"] == samples["histograms"] == samples["avh_images"]
    assert samples["scalars"] >= 151
    assert samples["avh"] == samples["avh_hist"] >= 151


def test_samples_are_never_zero_which_would_mean_no_limit():
    assert min(samples_per_plugin(1, every=100, pictures_every=1000).values()) > 0


def test_scalars_written_with_the_pictures_are_counted_too():
    assert samples_per_plugin(1000, every=100, pictures_every=1)["scalars"] >= 1000


def test_a_taken_port_moves_to_the_next_free_one():
    with listening() as taken:
        port = taken.getsockname()[1]
        assert port < free_port(port) <= port + 100


def test_a_free_port_stays():
    with listening() as taken:
        port = taken.getsockname()[1]
    assert free_port(port) == port


def test_no_port_left_says_which_were_tried():
    with listening(65535), pytest.raises(OSError, match="65535"):
        free_port(65535)


def test_launch_serves_this_directory_on_localhost_only_and_ends(tmp_path):
    with listening() as taken:
        port = taken.getsockname()[1]
        with launch(tmp_path, port=port, samples=SAMPLES, log=tmp_path / "log") as board:
            assert board.port > port
            assert board.address == f"http://localhost:{board.port}/"
            assert str(tmp_path) in get(board.port, "/data/environment")
            assert "images" in get(board.port, "/data/plugins_listing")
            assert listening_addresses(board.port) == {"0100007F"}
            with open(f"/proc/{board.process.pid}/cmdline") as file:
                command = file.read().split("\0")
            kept = command[command.index("--samples_per_plugin") + 1]
            assert kept.startswith(f"images={SAMPLES['images']},")
    assert not is_alive(board.process.pid)
    assert free_port(board.port) == board.port


def test_launch_gives_up_when_asked(tmp_path):
    with (
        pytest.raises(InterruptedError),
        launch(
            tmp_path, port=7100, samples=SAMPLES, log=tmp_path / "log", interrupted=lambda: True
        ),
    ):
        pass


def test_a_tensorboard_that_does_not_start_says_why(tmp_path, monkeypatch):
    broken = tmp_path / "path" / "tensorboard"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise SystemExit('no board today')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    with (
        pytest.raises(RuntimeError, match="no board today"),
        launch(tmp_path, port=7100, samples=SAMPLES, log=tmp_path / "log"),
    ):
        pass
