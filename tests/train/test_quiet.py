import os
import subprocess
import sys

from avh.train.quiet import LEVEL

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != LEVEL}


def _stderr(code, **variables):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**ENVIRONMENT, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_tensorflow_starts_in_silence():
    code = (
        "from avh.train.quiet import start_tensorflow; start_tensorflow(); "
        "import tensorflow as tf; tf.ones(3) + 1"
    )
    assert _stderr(code) == ""


CHATTER = (
    "import os, sys\n"
    "from avh.train.quiet import quiet\n"
    "with quiet():\n"
    "    os.write(2, b'I0000 00:00:1.5 7 port.cc:153] oneDNN\\n')\n"
    "    print('Traceback: mine', file=sys.stderr)\n"
    "    os.write(2, b'E0000 00:00:1.5 7 driver.cc:1] broken\\n')\n"
    "print('after', file=sys.stderr)\n"
)


def test_only_chatter_is_dropped():
    assert _stderr(CHATTER) == "Traceback: mine\nE0000 00:00:1.5 7 driver.cc:1] broken\nafter\n"


def test_who_sets_the_level_sees_it_all():
    assert "oneDNN" in _stderr(CHATTER, **{LEVEL: "0"})
