"""TensorFlow starts without chatter.

TensorFlow 2.21 prints a dozen lines to standard error while it starts (which instructions the
CPU has, that there is no GPU), most of them before it looks at TF_CPP_MIN_LOG_LEVEL. Whoever sets
that variable to 0 or 1 sees them all; otherwise what is less than an error is dropped, here and
later, and anything else comes through.
"""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
DEFAULT_LEVEL = "2"  # errors only
VERBOSE = ("0", "1")

# 303: the driver library of a GPU is missing, as on every machine without one.
_CHATTER = re.compile(
    rb"[IW]0000 |WARNING: All log messages before absl::InitializeLog|To enable the following instr"
    rb"|E0000 .*cuInit: .*\(303\)"
)


def start_tensorflow() -> None:
    """Import TensorFlow and look for its devices; costs seconds the first time, nothing later."""
    with quiet():
        import tensorflow as tf

        tf.config.list_logical_devices()
    if os.environ[LEVEL] not in VERBOSE:
        tf.get_logger().setLevel("ERROR")  # the messages of its Python part


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back standard error during the block, then print it without the chatter.

    File descriptor 2 itself is redirected, since the lines come from C++.
    """
    if os.environ.setdefault(LEVEL, DEFAULT_LEVEL) in VERBOSE:
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not _CHATTER.match(line):
                    os.write(2, line)
