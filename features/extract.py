"""A folder of audio to a catalogue file."""

import csv
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath

import numpy as np
import pandas as pd
from segue.features.cache import Cache, Outcome
from segue.features.catalog import Catalog
from segue.features.errors import UserError
from segue.features.tags import clean, complete
from segue.features.track import Track, version
from segue.features.walk import audio_files
from segue.features.workers import Task, run_tasks
from tqdm import tqdm

Runner = Callable[[list[Task]], Iterable[tuple[Task, str, Outcome | None]]]
_FRAME_COLUMNS = ("beats", "energy_curve", "mfcc_cov")


@dataclass(frozen=True)
class ExtractReport:
    """What one extraction did.

    Attributes:
        catalog: The catalogue file.
        frames: Beats, energy curves and MFCC covariances, one row a track.
        errors: Table of files without usable audio; None if there was none.
        tracks: Number of tracks in the catalogue.
        computed: Number of files that had to be analysed now.
        failures: (path, reason) of each file without usable audio.
        partial: Paths of tracks that could be decoded only in part.
    """

    catalog: Path
    frames: Path
    errors: Path | None
    tracks: int
    computed: int
    failures: list[tuple[str, str]] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.tracks} tracks in {self.catalog} ({self.computed} files analysed now)"]
        if self.partial:
            lines.append(f"{len(self.partial)} decoded only in part (columns decoded, declared, faults):")
            lines += [f"  {path}" for path in self.partial]
        if self.failures:
            lines.append(f"{len(self.failures)} files without usable audio, listed in {self.errors}:")
            lines += [f"  {path} {reason}" for path, reason in self.failures]
        return "\n".join(lines)


def extract_folder(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    jobs: int | None = None,
    *,
    melody: bool = False,
    progress: bool = True,
    scheduler: str | None = None,
) -> ExtractReport:
    """Analyses every audio file below a folder and writes a catalogue.

    Beside ``out`` = ``music.parquet`` come ``music.frames.parquet``, ``music.errors.csv`` if a file failed,
    and ``music.cache.sqlite``, by which the next run computes only what changed. Interrupted or killed,
    the same call goes on where it stopped.

    Args:
        folder: The folder, read recursively.
        out: The catalogue file to write.
        jobs: Number of processes; all cores if None.
        melody: Whether to track the melody too, which is slow.
        progress: Whether to show a progress bar on stderr.
        scheduler: Address of a Dask scheduler whose workers see the same files, used instead of processes.

    Raises:
        UserError: When the folder is missing or holds no readable track, or ``out`` is something else.
        KeyboardInterrupt: After Ctrl-C; what is done is kept.
    """
    root, target = Path(folder), Path(out)
    _check(root, target, jobs)
    paths = list(audio_files(root))
    if not paths:
        raise UserError(f"There is no audio file below {str(root)!r}: give the folder that holds the music.")
    with Cache(target.with_name(target.stem + ".cache.sqlite")) as cache:
        runner = partial(run_tasks, jobs=jobs or os.cpu_count() or 1, scheduler=scheduler)
        outcomes, computed = _outcomes(root, paths, cache, melody, progress, runner)
        return _write(root, target, paths, outcomes, computed)


def _check(root: Path, target: Path, jobs: int | None) -> None:
    if not root.is_dir():
        raise UserError(f"There is no folder {str(root)!r}: give the folder that holds the music.")
    if jobs is not None and jobs < 1:
        raise UserError(f"jobs must be at least 1, not {jobs}.")
    if target.is_dir():
        raise UserError(
            f"{str(target)!r} is a folder: name a file such as {str(target / 'catalog.parquet')!r}."
        )
    if target.exists():
        try:
            Catalog.load(target)
        except UserError as error:
            raise UserError(
                f"{str(target)!r} exists and is no catalogue of this segue; it is left as it is: "
                "name another file."
            ) from error


def _outcomes(
    root: Path, paths: list[Path], cache: Cache, melody: bool, progress: bool, runner: Runner
) -> tuple[dict[Path, tuple[str, Outcome]], int]:
    """Returns content hash and outcome of each path, and how many were computed now."""
    of_version = version(melody)
    hashes: dict[Path, str] = {}
    failed: dict[Path, Outcome] = {}
    tasks = []
    for path in paths:
        content = cache.known_hash(path) if path.exists() else None
        if content is not None and cache.has(content, of_version):
            hashes[path] = content
        else:
            tasks.append(Task(path, of_version, str(cache.path), melody))
    computed = 0
    bar = tqdm(total=len(paths), initial=len(hashes), unit="file", file=sys.stderr, disable=not progress)
    try:
        with bar:
            for task, content, outcome in runner(tasks):
                if not content:
                    failed[task.path] = outcome or Outcome(None, "could not be read")
                else:
                    if outcome is not None:
                        cache.put(content, of_version, outcome)
                        computed += 1
                    cache.remember_file(task.path, content)
                    hashes[task.path] = content
                bar.update()
    except KeyboardInterrupt:
        print(
            f"{len(hashes)} of {len(paths)} files are done and kept in {cache.path}; "
            "run the same again to go on.",
            file=sys.stderr,
        )
        raise
    stored = {path: (content, cache.get(content, of_version)) for path, content in hashes.items()}
    results = {path: (content, outcome) for path, (content, outcome) in stored.items() if outcome is not None}
    return results | {path: ("", outcome) for path, outcome in failed.items()}, computed


def _write(
    root: Path, target: Path, paths: list[Path], outcomes: dict[Path, tuple[str, Outcome]], computed: int
) -> ExtractReport:
    tracks: list[tuple[Path, str, Track]] = []
    failures: list[tuple[str, str]] = []
    for path in paths:
        content, outcome = outcomes[path]
        if outcome.track is not None:
            tracks.append((path, content, outcome.track))
        else:
            failures.append((shown(path.relative_to(root)), outcome.reason))
    errors = target.with_name(target.stem + ".errors.csv")
    _write_errors(errors, failures)
    if not tracks:
        first = "; ".join(f"{path} {reason}" for path, reason in failures[:3])
        raise UserError(
            f"None of the {len(failures)} audio files below {str(root)!r} could be read: {first}."
        )
    ids = _unique_ids([content for _, content, _ in tracks])
    rows = []
    for name, (path, content, track) in zip(ids, tracks, strict=True):
        relative = path.relative_to(root)
        where = {"id": name, "path": shown(relative), "content_hash": content}
        rows.append(where | track.row | complete(track.row, relative))
    catalog = Catalog.from_frame(pd.DataFrame(rows), target.stem)
    catalog.save(target)
    frames = target.with_name(target.stem + ".frames.parquet")
    _write_frames(frames, ids, [track for _, _, track in tracks])
    short = catalog.tracks["decoded"] < 0.98 * catalog.tracks["declared"] - 0.1
    incomplete = short | (catalog.tracks["faults"] > 0)
    return ExtractReport(
        catalog=target,
        frames=frames,
        errors=errors if failures else None,
        tracks=len(rows),
        computed=computed,
        failures=failures,
        partial=list(catalog.tracks["path"][incomplete]),
    )


def shown(path: PurePath) -> str:
    """A path as text in one line; bytes that are no UTF-8 as escapes."""
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _unique_ids(hashes: list[str]) -> list[str]:
    """Shortened content hashes; further copies of one content are numbered."""
    count: dict[str, int] = {}
    ids = []
    for content in hashes:
        count[content] = count.get(content, 0) + 1
        ids.append(content[:16] + (f"-{count[content]}" if count[content] > 1 else ""))
    return ids


def _write_errors(path: Path, failures: list[tuple[str, str]]) -> None:
    if not failures:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "reason"), *((p, clean(reason)) for p, reason in failures)])


def _write_frames(path: Path, ids: list[str], tracks: list[Track]) -> None:
    columns = {name: [track.frames[name].astype(np.float32) for track in tracks] for name in _FRAME_COLUMNS}
    part = path.with_name(path.name + ".part")
    pd.DataFrame({"id": ids} | columns).to_parquet(part, index=False, compression="zstd")
    part.replace(path)
