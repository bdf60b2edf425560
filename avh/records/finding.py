"""What a run's findings say, and how they are written: JSON, Markdown, a line of text.

A finding is said when it begins to hold and when it no longer does; never at every step. Its words
carry their numbers, so that no colour has to be explained.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields

DEAD_UNITS = "dead_units"
SATURATED_UNITS = "saturated_units"
VANISHING_SIGNAL = "vanishing_signal"
EXPLODING_SIGNAL = "exploding_signal"
OFF_FIXED_POINT = "off_fixed_point"
NONFINITE = "nonfinite"
KINDS = (
    DEAD_UNITS,
    SATURATED_UNITS,
    VANISHING_SIGNAL,
    EXPLODING_SIGNAL,
    OFF_FIXED_POINT,
    NONFINITE,
)

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")


@dataclass(frozen=True)
class Finding:
    """One thing that was found at one layer, or that is over.

    Example:
        >>> finding = Finding("dead_units", "fc_4", 50, "2 of 16 units are dead", (3, 7))
        >>> finding.line
        'fc_4: 2 of 16 units are dead'
    """

    kind: str  # one of KINDS
    layer: str  # path of the layer that it is shown beside, as in the records
    step: int  # of the record at which it was said
    message: str  # what, with which numbers; without the layer's name at its beginning
    units: tuple[int, ...] = ()  # which units of the layer, where it is about some
    numbers: dict[str, float] = field(default_factory=dict)
    advice: str = ""  # one sentence; empty for a recovery
    recovered: bool = False  # whether it says that an earlier one no longer holds

    @property
    def line(self) -> str:
        """The message with its layer."""
        return f"{self.layer}: {self.message}"


def to_json(findings: Iterable[Finding]) -> str:
    """A JSON list, one object a finding; a number that is not finite becomes null."""
    raw = [asdict(finding) for finding in findings]
    for finding in raw:
        known = finding["numbers"]
        finding["numbers"] = {k: v if math.isfinite(v) else None for k, v in known.items()}
    return json.dumps(raw, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> list[Finding]:
    """The inverse of `to_json`; null becomes NaN, and what a later version added is left out.

    Raises:
        ValueError: the text is not such a list.
    """
    try:
        return [_finding(raw) for raw in json.loads(text)]
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a list of findings: {text[:80]!r}") from error


def _finding(raw: dict) -> Finding:
    known = {field.name: raw[field.name] for field in fields(Finding) if field.name in raw}
    numbers = {k: math.nan if v is None else float(v) for k, v in raw["numbers"].items()}
    return Finding(**{**known, "numbers": numbers, "units": tuple(raw["units"])})


def about(finding: Finding) -> dict[str, object]:
    """What a page shows of it, fit for JSON."""
    shown = ("kind", "layer", "step", "message", "advice", "recovered")
    return {name: getattr(finding, name) for name in shown}


def active(findings: Sequence[Finding]) -> list[Finding]:
    """What still holds at the end: of each kind and layer the last, unless it is a recovery."""
    last = {(finding.kind, finding.layer): finding for finding in findings}
    return [finding for finding in last.values() if not finding.recovered]


def continued(findings: Sequence[Finding], written: Sequence[Finding]) -> list[Finding]:
    """What is known after a list was read that was written after `findings`.

    Every list holds what its monitor found so far. One that does not begin with the last one is of
    a run that was restarted: what the first one said of the steps before that still counts.
    """
    if not written or list(written[: len(findings)]) == list(findings):
        return list(written or findings)
    return [finding for finding in findings if finding.step < written[0].step] + list(written)


def to_markdown(findings: Iterable[Finding]) -> str:
    """A table, the newest finding first, as TensorBoard's Text tab shows it."""
    rows = [
        f"| {finding.step} | {_escaped(finding.layer)} | {_escaped(finding.kind)} "
        f"| {_escaped(finding.message)} | {_escaped(finding.advice)} |"
        for finding in reversed(list(findings))
    ]
    head = ["| step | layer | finding | what | advice |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))
