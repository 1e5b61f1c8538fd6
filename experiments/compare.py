"""Runs a study as `segue compare` does: `python experiments/compare.py STUDY.yaml --out DIR`."""

import sys

from segue.experiments.cli import main

if __name__ == "__main__":
    main(["compare", *sys.argv[1:]])
