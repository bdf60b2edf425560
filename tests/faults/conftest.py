"""What these tests share: the tab's routes inside TensorBoard's own application."""

import argparse
import contextlib

import pytest
from tensorboard.backend import application
from tensorboard.backend.event_processing import data_ingester
from tensorboard.plugins import base_plugin
from werkzeug.test import Client

from avh.board.loader import RETENTION
from avh.board.plugin import ActivationsPlugin

PREFIX = "/data/plugin/avh"


@contextlib.contextmanager
def routes_over(log_dir):
    """A client of a TensorBoard without sockets that has the Activations tab and no other."""
    flags = argparse.Namespace(
        samples_per_plugin=dict(RETENTION),
        purge_orphaned_data=True,
        max_reload_threads=1,
        reload_multifile=False,
        reload_multifile_inactive_secs=86400,
        detect_file_replacement=None,
        logdir=str(log_dir),
        logdir_spec="",
        reload_interval=0,
        reload_task="blocking",
    )
    ingester = data_ingester.LocalDataIngester(flags)
    ingester.start()
    plugin = ActivationsPlugin(base_plugin.TBContext(data_provider=ingester.data_provider))
    yield Client(application.TensorBoardWSGI([plugin], data_provider=ingester.data_provider))


@pytest.fixture(scope="session")
def routes():
    """`routes_over`."""
    return routes_over
