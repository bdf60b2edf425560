"""README's "When something goes wrong" quotes messages that the code prints."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECTION = "## When something goes wrong\n"


def literals():
    """Every string in the sources, as far as it is fixed."""
    for path in sorted((ROOT / "avh").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def quoted():
    """The messages of the table's first column."""
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(SECTION)
    rows = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [message for row in rows for message in re.findall("`([^`]+)`", row.split(" | ")[0])]


def test_every_quoted_message_is_in_the_sources():
    fixed = "\n".join(literals())
    messages = quoted()
    assert len(messages) > 10
    for message in messages:
        for part in message.split("…"):
            assert part.strip() in fixed, message
