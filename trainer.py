"""Train one network with one activation, monitored.

    python trainer.py --activation selu
    python trainer.py --dataset MNIST5K --activation gelu --max_steps 100 --train_dir OUT
    python trainer.py --model mlp --activation selu
    python trainer.py --resume train_dir/RUN
    python trainer.py --checkpoint train_dir/RUN --max_steps 2000

The third trains as it was published: a network may bring settings for flags that are not given. The
fourth goes on with a run that was stopped, in its own directory; the last one begins a new run with
the latest checkpoint of another. `python trainer.py --help` lists all.
"""

import sys

from avh.cli.train import main

if __name__ == "__main__":
    sys.exit(main())
