"""What these tests share: the tab's routes inside TensorBoard's own application."""

import contextlib

import pytest
from tensorboard.backend import application
from tensorboard.plugins import base_plugin
from werkzeug.test import Client

from avh.board.plugin import ActivationsPlugin


@pytest.fixture(scope="session")
def routes(local_provider):
    """A function: over a log directory, a TensorBoard without sockets that has this tab alone."""

    @contextlib.contextmanager
    def routes_over(log_dir):
        provider = local_provider(log_dir)
        plugin = ActivationsPlugin(base_plugin.TBContext(data_provider=provider))
        yield Client(application.TensorBoardWSGI([plugin], data_provider=provider))

    return routes_over
