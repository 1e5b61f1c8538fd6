"""Runs a study as `segue compare` does: `python experiments/compare.py STUDY --out DIR`."""

import sys

from segue.experiments.cli import main

if __name__ == "__main__":
    main(["compare", *sys.argv[1:]])
elif __package__:
    # As a submodule it would replace the function `compare` of the package.
    raise ImportError("experiments/compare.py is a script; use `from segue.experiments import compare`.")
