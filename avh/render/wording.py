"""How pictures say numbers and names: short, and the same everywhere."""

import math

MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"


def number(value: float) -> str:
    """Three significant digits.

    >>> number(0.123456), number(-12), number(1.5e-7), number(123456), number(float("nan"))
    ('0.123', '−12', '1.5e−7', '1.23e5', 'NaN')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Inf" if value > 0 else f"{MINUS}Inf")
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        digits = f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    else:
        mantissa, exponent = f"{value:.2e}".split("e")
        digits = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return digits.replace("-", MINUS)


def percent(share: float) -> str:
    """A share of 0..1 in percent; what is not all is never "100 %", nor what is not nothing "0 %".

    >>> percent(0.6312), percent(1.0), percent(0.99999), percent(0.00001), percent(0.0)
    ('63.1 %', '100 %', '>99.9 %', '<0.1 %', '0 %')
    """
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.001:
        return "<0.1 %"
    if share > 0.999:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def nonfinite(nans: int, infs: int) -> str:
    """Counts of what is not a number, "" when there are none.

    >>> nonfinite(1200, 0), nonfinite(1, 2)
    ('1,200 NaN', '1 NaN, 2 Inf')
    """
    parts = [f"{count:,} {word}" for count, word in ((nans, "NaN"), (infs, "Inf")) if count]
    return ", ".join(parts)


def plural(count: int, word: str) -> str:
    """`count` things.

    >>> plural(1, "unit"), plural(2048, "map")
    ('1 unit', '2,048 maps')
    """
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def shorten(name: str, limit: int) -> str:
    """`name` in at most `limit` (>= 3) characters on one line; its end stays.

    >>> shorten("encoder/block_1/conv", 14)
    '…/block_1/conv'
    """
    name = " ".join(name.split())
    if len(name) <= limit:
        return name
    tail = name[len(name) - limit + 1 :]
    slash = tail.find("/")
    return "…" + (tail[slash:] if 0 <= slash < len(tail) // 2 else tail)
