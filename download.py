"""Prepare datasets, so that training finds them checked and on disk.

python download.py --dataset MNIST5K
python download.py --help
"""

from avh.cli.download import main

if __name__ == "__main__":
    raise SystemExit(main())
