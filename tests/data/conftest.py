"""What the tests of downloads share: a server on the loopback that can misbehave."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def server():
    """A `local_server.LocalServer`, serving nothing yet."""
    from local_server import LocalServer

    with LocalServer() as running:
        yield running
