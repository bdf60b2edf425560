"""The table of a model's layers: which are watched, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from avh.monitor.select import LayerEntry
from avh.records.schema import LayerInfo


@dataclass(frozen=True)
class LayerRow:
    """One layer, or one recorded call or output of it."""

    path: str
    kind: str
    output_shape: str
    watched: bool
    reason: str


class LayerTable(list[LayerRow]):
    """A list of rows that prints as a table."""

    @classmethod
    def of(
        cls,
        entries: Iterable[LayerEntry],
        recorded: Iterable[LayerInfo],
        left_out: Mapping[str, str],
    ) -> "LayerTable":
        """Rows of all layers.

        Args:
            entries: the model's layers.
            recorded: what was recorded already; it adds second calls and outputs.
            left_out: outputs that ran and could not be recorded, name -> reason.
        """
        recorded = list(recorded)
        rows = cls()
        for entry in entries:
            kind = type(entry.layer).__name__
            known = [info for info in recorded if _belongs(info.path, entry.path)]
            shapes = [(info.path, _shown(info.output_shape)) for info in known]
            refused = [(name, why) for name, why in left_out.items() if _belongs(name, entry.path)]
            if not shapes and not refused:
                shapes = [(entry.path, _static_shape(entry.layer))]
            for path, shape in shapes:
                rows.append(LayerRow(path, kind, shape, entry.watched, entry.reason))
            for path, why in refused:
                rows.append(LayerRow(path, kind, _static_shape(entry.layer), False, why))
        return rows

    def __str__(self) -> str:
        head = ("layer", "class", "output shape", "watched", "why")
        lines = [
            (row.path, row.kind, row.output_shape, "yes" if row.watched else "no", row.reason)
            for row in self
        ]
        widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in [head, *lines]
        )

    __repr__ = __str__


def _belongs(name: str, path: str) -> bool:
    return name == path or (name.startswith(path) and name[len(path)] in "#:")


def _static_shape(layer: object) -> str:
    try:
        return _shown(layer.output.shape)
    except (AttributeError, ValueError):
        return "?"


def _shown(shape: Iterable[int | None]) -> str:
    return "(" + ", ".join("?" if size is None else str(size) for size in shape) + ")"
