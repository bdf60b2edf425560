"""The command-line parser that all commands share.

Bad input ends with exit code 2 and exactly one line on standard error that says what was expected
and what came. Importing this module imports nothing beyond the standard library.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

EXIT_BAD_INPUT = 2


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` whose errors are one line, without the usage text."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with code 2."""
        line = " ".join(message.split())
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: error: {line} (see --help)\n")

    @contextlib.contextmanager
    def user_errors(self) -> Iterator[None]:
        """Turn the errors that checks at the door raise into one line and exit code 2.

        Put only the checking of input under it: an error of the program itself should keep its
        traceback.
        """
        try:
            yield
        except (ValueError, TypeError, OSError, ImportError, AttributeError) as error:
            self.error(str(error))


def number(
    kind: type, low: float, high: float = float("inf"), *, low_open: bool = False
) -> Callable[[str], float]:
    """A type for `add_argument`: an int or float in [low, high], or (low, high] if `low_open`.

    >>> number(int, 1)("64")
    64
    """
    opening = "above" if low_open else "of at least"
    noun = "a whole number" if kind is int else "a number"
    wanted = f"{noun} {opening} {low:g}" + (
        "" if high == float("inf") else f" and at most {high:g}"
    )

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}") from None
        if not (low < value if low_open else low <= value) or not value <= high:
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
        return value

    return parse


positive_int = number(int, 1)
natural_int = number(int, 0)
positive_float = number(float, 0, low_open=True)


def warn(message: str) -> None:
    """One line on standard error."""
    print(message, file=sys.stderr, flush=True)
