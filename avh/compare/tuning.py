"""What the driver does while Ray Tune runs the trials: show them, and end them when asked to."""

import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ray
from ray import tune

from avh.compare import desk, progress
from avh.compare.interruption import Interruption
from avh.compare.progress import Progress
from avh.compare.runner import Watch

if TYPE_CHECKING:
    from ray.actor import ActorHandle
    from ray.tune.experiment import Trial

LOOK_SECONDS = 0.3
_BUSY = (progress.STARTING, progress.RUNNING)


class Watching(tune.Callback):
    """Shows the progress of all runs a few times a second, and passes on the wish that they end."""

    def __init__(
        self, names: Sequence[str], office: "ActorHandle", watch: Watch, interruption: Interruption
    ) -> None:
        self.runs = tuple(Progress(name, progress.WAITING) for name in names)
        self.error: BaseException | None = None
        self._office, self._watch, self._interruption = office, watch, interruption
        self._looked = 0.0
        self._trials: list[Trial] = []

    def fit(self, tuner: tune.Tuner) -> tuple[Progress, ...]:
        """Run the trials; returns how each ended.

        Raises:
            BaseException: what `watch` raised.
        """
        before = signal.getsignal(signal.SIGUSR1)
        try:
            tuner.fit()
        except BaseException as error:
            if self.error is not None and error is not self.error:
                raise self.error from error
            raise
        finally:
            ray.get(self._office.ask.remote(desk.AT_ONCE))
            signal.signal(signal.SIGUSR1, before)  # Tune takes it and does not give it back
        self.look(self._trials)
        return self.runs

    def on_step_end(self, iteration: int, trials: list["Trial"], **info: object) -> None:
        """Look and show, unless that has just been done; Tune calls this all the time."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS or self.error is not None:
            return
        self._looked, self._trials = now, trials
        try:
            self.look(trials)
            self._watch(self.runs)
        except BaseException as error:
            self.error = error
            ray.get(self._office.ask.remote(desk.AT_ONCE))
            raise

    def look(self, trials: list["Trial"]) -> None:
        """Bring `runs` up to date."""
        if self._interruption.asked():
            wish = desk.AT_ONCE if self._interruption.insisted() else desk.END
            ray.get(self._office.ask.remote(wish))
        known = ray.get(self._office.found.remote())
        found = {trial.config["plan"].name: trial for trial in trials}
        self.runs = tuple(
            standing(run.name, known.get(run.name), found.get(run.name)) for run in self.runs
        )

    def __getstate__(self) -> dict[str, object]:
        """Nothing: Tune keeps a copy of itself on disk, and this is bound to a terminal."""
        return {}

    def may_end(self) -> bool:
        """Whether the end is wished, and all runs that were training have ended."""
        is_asked = self._interruption.asked() or self.error is not None
        return is_asked and not any(run.state in _BUSY for run in self.runs)


class Ending(tune.Stopper):
    """Ends the trials that wait as soon as those that train have ended as they were asked to."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over

    def __call__(self, trial_id: str, result: dict[str, object]) -> bool:
        """Never ends a single trial."""
        return False

    def stop_all(self) -> bool:
        """Whether nothing more is to be started."""
        return self._is_over()


def standing(name: str, known: Progress | None, trial: "Trial | None") -> Progress:
    """How a run stands.

    Args:
        name: of the run.
        known: its last report, None if it has made none.
        trial: its trial, None if Tune has made none yet.
    """
    status = known and known.status
    if trial is not None and trial.status == "ERROR":
        return Progress(name, progress.FAILED, status, _reason(trial))
    if known is not None and known.state not in _BUSY:
        return known
    if trial is not None and trial.status == "RUNNING":
        return known or Progress(name, progress.STARTING)
    return Progress(name, progress.WAITING, status)


def _reason(trial: "Trial") -> str:
    """Why Tune gave a trial up, in one line."""
    error = trial.get_error()
    lost = f"lost {trial.num_failures} times" if trial.num_failures > 1 else "lost"
    if error is None or isinstance(error, ray.exceptions.RayActorError):
        return f"{lost}, with its node or its process"
    return " ".join(str(error).strip().splitlines()[-1].split())
