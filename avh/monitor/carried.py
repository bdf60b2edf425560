"""What an earlier monitor found, in a run that goes on.

Its findings of the steps that still count are the run's: they stand at the beginning of the new
list. A monitor that starts anew cannot tell when one of them is over, as it does not know what was
counted for it; so one that it does not find again in as many records as a finding takes is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tensorboard.util.tensor_util import make_ndarray

from avh.records import schema
from avh.records.finding import Finding, active, continued, from_json
from avh.records.reader import event_files, read_values


def read_earlier(run_dir: Path, first_step: int) -> list[Finding] | None:
    """What was found before `first_step`; None where the event files tell of no finding at all.

    Raises:
        OSError, ValueError: an event file cannot be read, or holds something else.
    """
    findings: list[Finding] = []
    told = False
    for event, value in read_values(run_dir) if event_files(run_dir) else ():
        if value.tag == schema.FINDINGS_TAG:
            told = True
            if event.step < first_step:
                written = from_json(make_ndarray(value.tensor).item().decode())
                findings = continued(findings, written)
    return findings if told else None


@dataclass
class Carried:
    """Findings that held when the run stopped, until this monitor knows better."""

    findings: Sequence[Finding] = ()  # all that was said before
    records: int = 1  # in a row, that it takes to find something
    first_step: int = 1
    _again: set[tuple[str, str]] = field(default_factory=set)
    _seen: int = 0

    def over(self, step: int, new: Sequence[Finding]) -> list[Finding]:
        """After each record with what it brought: those that were not found again, once."""
        held = active(self.findings)
        self._again |= {(finding.kind, finding.layer) for finding in new}
        self._seen += 1
        if not held or self._seen != self.records:
            return []
        count = "1 record" if self.records == 1 else f"{self.records} records"
        message = f"not found again in the first {count} since the run went on at {self.first_step}"
        return [
            replace(
                one, step=step, message=message, units=(), numbers={}, advice="", recovered=True
            )
            for one in held
            if (one.kind, one.layer) not in self._again
        ]
