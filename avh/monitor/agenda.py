"""Which steps are recorded, and which with pictures; with a budget, what records cost decides."""

from collections.abc import Callable, Iterable

from avh.monitor.budget import Budget, Overhead
from avh.monitor.recorder import DISARMED
from avh.monitor.schedule import Schedule, as_schedule


class Agenda:
    """Answers what is due, and keeps account of what the monitor takes.

    Attributes:
        overhead: the account; whoever works for the monitor adds to it.
    """

    def __init__(
        self,
        every: int | Schedule,
        pictures_every: int | Schedule | None,
        budget: float | None = None,
    ) -> None:
        """Take the arguments of `ActivationMonitor` of these names.

        Raises:
            TypeError, ValueError: one is of the wrong kind or value.
        """
        self.overhead = Overhead()
        self._is_recorded: Callable[[int], bool] = as_schedule(every, "every")
        self.has_pictures: Callable[[int], bool] = as_schedule(pictures_every, "pictures_every")
        self._budget = None if budget is None else self._follow(budget, every, pictures_every)

    @property
    def has_budget(self) -> bool:
        """Whether the cost decides."""
        return self._budget is not None

    def is_due(self, step: int) -> bool:
        """Whether a step is recorded; one with pictures always is."""
        return bool(self._is_recorded(step)) or bool(self.has_pictures(step))

    def choose(self, steps: Iterable[int]) -> int:
        """The one of some steps that is recorded: the first with pictures, else the first due one.

        `DISARMED` where none is due.
        """
        due = [step for step in steps if self.is_due(step)]
        return next(filter(self.has_pictures, due), due[0] if due else DISARMED)

    def recorded(self, step: int) -> float | None:
        """A record was made; gives the share of the step time so far, once there is a budget."""
        if self._budget is None:
            return None
        self._budget.recorded(step)
        share = self.overhead.share
        return share if share == share else None  # not NaN

    def report(self) -> str | None:
        """What it took, in words; None without a budget."""
        if self._budget is None:
            return None
        return (
            f"avh: the monitor took {self.overhead.share:.1%} of the step time "
            f"(budget {self._budget.share:.1%}), last at every {self._budget.interval} steps"
        )

    def _follow(self, share: float, every: object, pictures_every: object) -> Budget:
        if not isinstance(every, int) or callable(pictures_every):
            raise TypeError(
                "budget: numbers of steps for every and pictures_every expected beside it, got "
                f"{every!r} and {pictures_every!r}"
            )
        budget = self._is_recorded = Budget(share, every, self.overhead)
        if pictures_every is not None:
            ratio = max(1, pictures_every // every)
            self.has_pictures = lambda step: budget(step) and budget.count % ratio == 0
        return budget
