"""Packaging of avh: `pip install -e .` to use it, `pip install -e ".[dev]"` to work on it."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
RAY = ["ray[tune]>=2.60", "fsspec>=2026.9"]

setup(
    name="avh",
    version="0.1.0",
    description="See what happens inside a Keras network while it trains: "
    "per-layer activation histograms and pictures, side by side, in TensorBoard.",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10",
    packages=find_packages(include=["avh", "avh.*"]),
    install_requires=[
        "tensorflow>=2.21",
        "keras>=3.15",
        "tensorboard>=2.21",  # tensorflow no longer installs it
        "tensorflow-plot>=0.3.2",
        # tensorflow-plot imports distutils, which setuptools brings back from Python 3.12 on;
        # TensorBoard 2.21 imports pkg_resources, which setuptools 82 removed.
        "setuptools<82",
        "matplotlib>=3.10",
        "numpy>=2.0",
        "pillow>=11.0",
        "scipy>=1.15",
        "h5py>=3.12",
        "pooch>=1.8",
        "scikit-learn>=1.6",
        "mlxtend>=0.23",
        "pandas>=2.2",
        "rich>=14.0",
        "threadpoolctl>=3.5",
    ],
    extras_require={
        "parquet": ["pyarrow>=18.0"],  # avh summary --parquet
        "ray": RAY,  # comparisons on a cluster
        "dev": [
            "pytest>=9.0",
            "pytest-xdist>=3.8",
            "ruff>=0.14",
            "playwright>=1.55",
            "hypothesis>=6.170",
            "pyarrow>=18.0",
            *RAY,
        ],
    },
    package_data={"avh.board": ["static/*"]},
    entry_points={
        "console_scripts": ["avh = avh.cli.main:main"],
        "tensorboard_plugins": ["avh = avh.board.loader:AvhLoader"],
    },
    classifiers=[
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Visualization",
    ],
)
