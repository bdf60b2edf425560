"""A Ray cluster of several node processes on this machine, shared by the tests of a file.

Tests on it run in a process of their own, which `test_on_ray.py` starts: in one where TensorBoard
and a browser were at work before, Ray's client was seen to wait for ever.
"""

import os
import shutil
import tempfile

import pytest

STORE_BYTES = 80 << 20
OWN_PROCESS = "AVH_TESTS_ON_RAY"  # set in the environment of that process


def pytest_collection_modifyitems(config, items):
    wanted = OWN_PROCESS in os.environ
    left_out = [item for item in items if _is_on_ray(item) != wanted]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_on_ray(item):
    runner = item.callspec.params.get("runner") if hasattr(item, "callspec") else None
    return runner == "cluster" or "ray_cluster" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def ray_cluster():
    """A head without CPUs and two nodes of one CPU each; this process is connected to it."""
    before = dict(os.environ)
    # pytest's own directories are too deep for the paths of sockets.
    place = tempfile.mkdtemp(prefix="avh-ray-", dir="/tmp")
    os.environ.update(
        RAY_TMPDIR=place,
        RAY_USAGE_STATS_ENABLED="0",
        RAY_prestart_worker_first_driver="0",  # processes that no test uses
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",  # or Ray tells of a change to come
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # there Ray stays on the loopback address
    )
    from ray.cluster_utils import Cluster

    from avh.compare import cluster as ours

    small = {"object_store_memory": STORE_BYTES, "node_ip_address": "127.0.0.1"}
    head = {"num_cpus": 0, "include_dashboard": False, **small}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, **small)
        with ours.connected(ours.Cluster(cluster.address)):
            yield cluster
    finally:
        cluster.shutdown()
        shutil.rmtree(place, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)
