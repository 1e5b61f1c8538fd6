"""Damages the run folders of a finished study at random and calls every command that reads them.

usage: python tests/fuzz/run_folders.py [NUMBER] [SEED]   # 200 damaged folders by default

Every command must end within a minute, with success or with one sentence; `report` must notice the damage; no
file may be changed or deleted; and `compare` must restore the results. Each violation is printed, and makes
the exit code 1.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segue.experiments.cli import main
from segue.experiments.study.results import Results

STUDY = """\
name: fuzz
environments: [{id: segue/Playlist-v0, settings: {catalog: "synthetic:80", pool_size: 6, length: 3}}]
agents: [{name: random, seeds: 4}, {name: content, seeds: 3}, {name: greedy-oracle, seeds: 3}]
evaluation: {episodes: 8, order_sessions: 2}
resamples: 100
"""
KINDS = ("empty", "cut", "flip", "lose", "garbage", "append", "folder", "pipe", "endless", "swap")
LIMIT = 60
"""Seconds that a command may take."""


def damage(folder: Path, rng: np.random.Generator) -> str:
    """Damages one file of a run's folder; returns what was done."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    file, kind = files[rng.integers(len(files))], KINDS[rng.integers(len(KINDS))]
    content = file.read_bytes()
    file.unlink()  # a hard link may share its content
    match kind:
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[: int(rng.integers(len(content) or 1))])
        case "flip":
            changed = bytearray(content or b"x")
            for place in rng.integers(len(changed), size=3):
                changed[place] ^= 1 << int(rng.integers(8))
            file.write_bytes(changed)
        case "garbage":
            file.write_bytes(rng.bytes(100))
        case "append":
            file.write_bytes(content + b"\0")
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "endless":
            file.symlink_to("/dev/zero")
        case "swap":
            file.write_bytes(files[0].read_bytes() if files[0] != file else b"{}")
    return f"{kind} {folder.name}/{file.name}"


def hashes(folder: Path, pattern: str = "runs/*/*") -> dict[str, str]:
    """Returns the hash of each regular file in the runs of a study by its path."""
    files = (path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def call(*arguments: object) -> tuple[int, str]:
    """Runs a command; returns its exit code and what it printed on standard error."""
    messages = io.StringIO()
    signal.alarm(LIMIT)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(messages):
            main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0), messages.getvalue()
    finally:
        signal.alarm(0)
    return 0, messages.getvalue()


def faults(command: tuple[object, ...], *allowed: int) -> Iterator[str]:
    """Calls a command and yields what is wrong with how it ends."""
    try:
        code, message = call(*command)
    except BaseException as error:
        yield f"{command[0]} raises {error!r}"
        return
    if "Traceback" in message or (code == 2 and message.count("\n") != 1):
        yield f"{command[0]} prints {message!r}"
    if code not in allowed:
        yield f"{command[0]} ends with {code}, {message!r}"


def violations(study: Path, made: Path, rng: np.random.Generator) -> Iterator[str]:
    """Damages the runs of a copy of a study in turn, has them made again, and yields what is wrong."""
    expected = Results.load(made / "results").episodes
    runs, done = sorted((made / "runs").iterdir()), []
    for run in runs:
        before = hashes(made)
        done.append(damage(run, rng))
        left = {path: code for path, code in hashes(made).items() if before.get(path) == code}
        found = [*faults(("runs", "show", run), 0, 2), *faults(("runs", "list", made), 0, 2)]
        if len(left) < len(before):  # some damages change nothing, such as a swap of equal files
            found += faults(("report", made), 2)
        yield from (f"{done}: {fault}" for fault in found)
        if changed := [path for path, code in left.items() if hashes(made).get(path) != code]:
            yield f"{done}: {changed} have changed"
    damaged = hashes(made)
    yield from (f"{done}: {fault}" for fault in faults(("compare", study, "--out", made, "--jobs", 1), 0))
    if not set(damaged.values()) <= {*hashes(made).values(), *hashes(made / "replaced", "*/*").values()}:
        yield f"{done}: compare has deleted files"
    try:
        same = Results.load(made / "results").episodes.equals(expected)
    except Exception as error:
        yield f"{done}: {error!r}"
    else:
        yield from () if same else (f"{done}: compare has not restored the results",)


def _too_long(signum: int, frame: object) -> None:
    raise TimeoutError(f"more than {LIMIT} s")


def fuzz(number: int, seed: int) -> int:
    """Damages so many folders; returns the number of violations."""
    signal.signal(signal.SIGALRM, _too_long)
    found = 0
    with tempfile.TemporaryDirectory() as place:
        study, first = Path(place, "fuzz.yaml"), Path(place, "first")
        study.write_text(STUDY, encoding="utf-8")
        call("compare", study, "--out", first, "--jobs", 1)
        size = len(list((first / "runs").iterdir()))
        for k in range(-(-number // size)):
            made = shutil.copytree(first, Path(place, f"copy{k}"))
            for violation in violations(study, made, np.random.default_rng([seed, k])):
                print(violation, flush=True)
                found += 1
            shutil.rmtree(made)
            print(f"{(k + 1) * size} folders, {found} violations", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    count, first_seed = (*map(int, sys.argv[1:3]), *(200, 0)[len(sys.argv[1:3]) :])
    sys.exit(1 if fuzz(count, first_seed) else 0)
