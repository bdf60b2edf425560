"""Run trainings on the machines of a Ray cluster, each as a trial of Ray Tune.

- What is run and how it ends is told as by `run_local`; see `avh.compare.runner`.
- A run whose node is lost begins again elsewhere, from its last checkpoint.
- A cluster that was started here is shut down in the end; one that was joined stays as it was.
"""

import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from avh.compare import desk
from avh.compare.interruption import Interruption
from avh.compare.plan import RunPlan
from avh.compare.progress import Progress
from avh.compare.runner import Watch
from avh.compare.storage import Storage

if TYPE_CHECKING:
    from ray.actor import ActorHandle
    from ray.tune import Tuner

    from avh.compare.trial import Task
    from avh.compare.tuning import Watching

LOOK_SECONDS = 0.3
INSTALL = 'pip install -e ".[ray]"'
LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 10.0
_STORE_BYTES = 80 << 20  # of Ray's object store: nothing large goes through it
_SETTINGS = {
    "RAY_prestart_worker_first_driver": "0",  # processes that no trial uses
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the old one says nothing if told so
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C is the comparison's
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",  # they are told as every run's
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
}


@dataclass(frozen=True)
class Cluster:
    """Which cluster, and what a run takes of it."""

    address: str | None = None  # None: one of our own on this machine
    cpus: float = 1.0  # of a run
    gpus: float = 0.0
    retries: int = 3  # of a run whose node was lost
    storage: str | None = None  # None: all nodes see train_dir


def run_cluster(
    plans: Sequence[RunPlan],
    train_dir: Path,
    *,
    jobs: int | None,
    watch: Watch,
    interruption: Interruption,
    trainer: Sequence[str] | None = None,
    cluster: Cluster = Cluster(),
) -> tuple[Progress, ...]:
    """Run every plan, in order as far as there is room; a `Runner` (see there).

    Raises:
        OSError: there is no such cluster, or the storage cannot be reached.
    """
    names = [plan.name for plan in plans]
    with contextlib.ExitStack() as stack:
        stack.enter_context(connected(cluster))
        from avh.compare.trial import Task
        from avh.compare.tuning import Watching

        if cluster.storage is not None:
            stack.enter_context(Storage(cluster.storage).followed(names, train_dir))
        office = stack.enter_context(_desk())
        task = Task(
            desk=office,
            train_dir=train_dir,
            storage=cluster.storage,
            trainer=None if trainer is None else tuple(trainer),
            directory=Path.cwd(),
            threads=max(1, int(cluster.cpus)),
        )
        watching = Watching(names, office, watch, interruption)
        tuner = stack.enter_context(_tuner(plans, jobs, cluster, task, watching))
        ended = watching.fit(tuner)
    watch(ended)
    return ended


@contextlib.contextmanager
def connected(cluster: Cluster) -> Iterator[None]:
    """Be connected to the cluster during the block; started here, it ends with the block.

    Within such a block another one changes nothing.

    Raises:
        ImportError: Ray is not installed; the message says how to install it.
        OSError: there is no cluster at the address.
    """
    check_installed()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(_SETTINGS))  # before Ray is imported: it reads some then
        import ray

        if ray.is_initialized():
            yield
            return
        if cluster.address is None:
            options = {
                "address": "local",
                "include_dashboard": False,
                "object_store_memory": _STORE_BYTES,
                "_node_ip_address": LOOPBACK,
                "_temp_dir": stack.enter_context(_temporary("avh-ray-")),
            }
        else:
            check_address(cluster.address)
            options = {"address": cluster.address}
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        stack.callback(ray.shutdown)
        try:
            ray.init(**options, log_to_driver=False, logging_level=logging.CRITICAL)
        except Exception as error:  # another version there; or a timeout, a bare Exception of Ray's
            reason = " ".join(str(error).split())
            raise OSError(f"--cluster ray: cannot be joined or started: {reason}") from error
        for number, handler in before.items():  # Ray takes SIGTERM
            signal.signal(number, handler)
        _check_room(cluster)
        yield


def _check_room(cluster: Cluster) -> None:
    """Check that some node can take a run.

    Raises:
        ValueError: none can, of a cluster of our own; another one may yet get larger.
    """
    import ray

    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(n.get("CPU", 0) >= cluster.cpus and n.get("GPU", 0) >= cluster.gpus for n in nodes):
        return
    wanted = f"a node with {cluster.cpus:g} CPUs and {cluster.gpus:g} GPUs expected for a run"
    if cluster.address is None:
        cpus, gpus = (max(node.get(kind, 0) for node in nodes) for kind in ("CPU", "GPU"))
        raise ValueError(f"--cpus, --gpus: {wanted}, this machine has {cpus:g} and {gpus:g}")
    print(f"{wanted}, none is there yet; waiting for one", file=sys.stderr, flush=True)


def check_installed() -> None:
    """Check that Ray Tune is there, without importing it: that takes seconds.

    Raises:
        ImportError: it is not; the message says how to install it.
    """
    missing = [name for name in ("ray", "pyarrow", "fsspec") if find_spec(name) is None]
    if missing:
        raise ImportError(f"--cluster ray: Ray Tune expected, found none; install it: {INSTALL}")


def check_address(address: str) -> None:
    """Check that something answers there; Ray itself would try for minutes.

    Raises:
        ValueError: the address is of another form.
        OSError: nothing answers.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise ValueError(
            f"--address: HOST:PORT of a Ray cluster that this machine is part of, or auto, "
            f"expected, got {address!r}"
        )
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        raise OSError(f"--address: no Ray cluster answers at {address}: {error}") from error


@contextlib.contextmanager
def _desk() -> Iterator["ActorHandle"]:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    office = ray.remote(desk.Desk).options(num_cpus=0, scheduling_strategy=here).remote()
    try:
        yield office
    finally:
        ray.kill(office)


@contextlib.contextmanager
def _tuner(
    plans: Sequence[RunPlan],
    jobs: int | None,
    cluster: Cluster,
    task: "Task",
    watching: "Watching",
) -> Iterator["Tuner"]:
    from ray import tune

    from avh.compare.trial import Trial
    from avh.compare.tuning import Ending

    resources = {"cpu": cluster.cpus, "gpu": cluster.gpus}
    with _temporary("avh-tune-") as place:
        yield tune.Tuner(
            tune.with_resources(tune.with_parameters(Trial, task=task), resources),
            param_space={"plan": tune.grid_search(list(plans))},
            # A process that has Ray Tune loaded, which takes seconds, serves one run after another.
            tune_config=tune.TuneConfig(max_concurrent_trials=jobs, reuse_actors=True),
            run_config=tune.RunConfig(
                name="comparison",
                storage_path=place,
                stop=Ending(watching.may_end),
                failure_config=tune.FailureConfig(max_failures=cluster.retries),
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                callbacks=[watching],
                verbose=0,
            ),
        )


@contextlib.contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    """Set what is not set yet during the block."""
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextlib.contextmanager
def _temporary(prefix: str) -> Iterator[str]:
    """A directory for the block. In /tmp: the paths of sockets may not be long."""
    place = tempfile.mkdtemp(prefix=prefix, dir="/tmp")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
