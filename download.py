"""Fetch datasets and verify them, so that training finds them on disk.

python download.py --dataset MNIST FASHION_MNIST SVHN CIFAR10
python download.py --help
"""

from avh.cli.download import main

if __name__ == "__main__":
    raise SystemExit(main())
