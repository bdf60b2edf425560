"""Where the trials of a cluster report how far they are, and ask whether to go on.

It is a Ray actor on the driver's node: it takes no CPU, and is lost only with the driver itself.
"""

from avh.compare.progress import Progress

GO_ON, END, AT_ONCE = "go on", "end", "at once"  # each one prevails over those before
_WISHES = (GO_ON, END, AT_ONCE)


class Desk:
    """The last progress of each run, and what is wished of all of them."""

    def __init__(self) -> None:
        self._found: dict[str, Progress] = {}
        self._wish = GO_ON

    def report(self, run: Progress) -> str:
        """Note how far a run is; returns what is wished of it."""
        self._found[run.name] = run
        return self._wish

    def wish(self) -> str:
        """What is wished of all runs."""
        return self._wish

    def ask(self, wish: str) -> None:
        """Wish that all end; a wish is never taken back."""
        self._wish = max(self._wish, wish, key=_WISHES.index)

    def found(self) -> dict[str, Progress]:
        """The last report of each run that has made one, by its name."""
        return self._found
