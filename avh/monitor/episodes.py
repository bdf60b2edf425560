"""When something that is judged at every record begins, and when it is over: each is said once.

Both need several records in a row, so that what wavers around a threshold is not told each time.
"""

from dataclasses import dataclass

BEGINS, ENDS = "begins", "ends"


@dataclass
class _State:
    holds: bool = False
    against: int = 0  # records in a row that say otherwise
    since: int = 0  # the step of the first of them
    told: int = 0


class Episodes:
    """The state of every subject: a layer, a chain of layers, the network."""

    def __init__(self, records: int, most: int) -> None:
        """Change after so many records in a row; tell at most so many changes of a subject."""
        self._records, self._most = records, most
        self._states: dict[object, _State] = {}

    def observe(self, subject: object, holds: bool, step: int) -> tuple[str, int] | None:
        """Say what a record shows.

        Returns:
            `BEGINS` or `ENDS` with the step of the first record of the new state; None if there is
            nothing to tell.
        """
        state = self._states.setdefault(subject, _State())
        if holds == state.holds:
            state.against = 0
            return None
        state.against += 1
        if state.against == 1:
            state.since = step
        if state.against < self._records:
            return None
        state.holds, state.against = holds, 0
        state.told += 1
        return (BEGINS if holds else ENDS, state.since) if state.told <= self._most else None
