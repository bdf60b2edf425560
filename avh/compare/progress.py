"""How far one run of a comparison is, as far as can be told from outside its process."""

from dataclasses import dataclass

from avh.train.status import Status

WAITING, STARTING, RUNNING = "waiting", "starting", "running"
FINISHED, FAILED, STOPPED = "finished", "failed", "stopped"


@dataclass(frozen=True)
class Progress:
    """One run at one moment.

    Attributes:
        name: of the run.
        state: "waiting" for its turn, "starting", "running", and in the end "finished", "failed" or
            "stopped". The exit of the process decides: one that was killed is "failed", whatever it
            last wrote of itself.
        status: what the run last wrote of itself; None before it did.
        error: why it failed, in one line; None unless it did.
    """

    name: str
    state: str
    status: Status | None = None
    error: str | None = None
