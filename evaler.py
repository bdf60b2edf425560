"""Evaluate checkpoints: accuracy, loss, confusion, the statistics of each layer's activations.

    python evaler.py --checkpoint train_dir/RUN
    python evaler.py --checkpoint train_dir/relu train_dir/selu
    python evaler.py --checkpoint train_dir/RUN/checkpoints/step_000200.weights.h5 -o result.json

`python evaler.py --help` lists all flags.
"""

import sys

from avh.cli.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
