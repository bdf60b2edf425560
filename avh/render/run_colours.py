"""A colour for every run, the same from one comparison to the next."""

import zlib
from collections.abc import Sequence

from avh.render import theme


def run_colours(names: Sequence[str]) -> dict[str, str]:
    """Colours `#rrggbb` of runs.

    The activations that are compared most have fixed colours. Another name takes a place that
    follows from the name alone, or the next free one; beyond eleven runs colours come again.

    >>> run_colours(["relu", "selu"])
    {'relu': '#0072b2', 'selu': '#009e73'}
    """
    fixed = dict(theme.RUN_COLOURS)
    colours = {name: fixed[name] for name in names if name in fixed}
    palette = list(fixed.values())
    for name in sorted(set(names) - set(colours)):
        start = zlib.crc32(name.encode()) % len(palette)
        turned = palette[start:] + palette[:start]
        taken = set(colours.values())
        colours[name] = next((c for c in turned if c not in taken), turned[0])
    return {name: colours[name] for name in names}
