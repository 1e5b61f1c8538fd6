"""Extraction of a folder of audio files to a catalogue file."""

import csv
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from tqdm import tqdm

from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError
from segue.features.extraction.cache import Cache, Outcome
from segue.features.extraction.find_audio import find_audio
from segue.features.extraction.results import ExtractionResults, collect_results
from segue.features.extraction.tags import printable_line
from segue.features.extraction.track import extractor_version
from segue.features.extraction.workers import Task, run_tasks

Runner = Callable[[list[Task]], Iterable[tuple[Task, str, Outcome | None]]]


@dataclass(frozen=True)
class ExtractionReport:
    """The outcome of an extraction.

    Attributes:
        catalog: The catalogue file.
        frames: File with beats, section boundaries, energy curves and MFCC covariances, one row per track.
        errors: CSV of the files without usable audio; None if there are none.
        tracks: Number of tracks in the catalogue.
        computed: Number of files analysed by this call.
        failures: (path, reason) of each file without usable audio.
        partial: Paths of tracks that were decoded only in part.
    """

    catalog: Path
    frames: Path
    errors: Path | None
    tracks: int
    computed: int
    failures: list[tuple[str, str]] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.tracks} tracks in {self.catalog} ({self.computed} files analysed in this run)"]
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
) -> ExtractionReport:
    """Analyses every audio file below a folder and writes a catalogue.

    With `out` = `music.parquet` it also writes `music.frames.parquet`, `music.errors.csv` if a file failed,
    and `music.cache.sqlite`, which lets the next run analyse only new and changed files. After an
    interruption the same call resumes.

    Args:
        folder: The folder, read recursively.
        out: The catalogue file to write.
        jobs: Number of processes; all cores if None.
        melody: Whether to track the melody too, which is slow.
        progress: Whether to show a progress bar on stderr.
        scheduler: Address of a Dask scheduler whose workers see the same files, used instead of processes.

    Raises:
        UserError: The folder is missing or has no readable track, or `out` exists and is not a catalogue.
        KeyboardInterrupt: After Ctrl-C; finished files are kept.
    """
    root, target = Path(folder), Path(out)
    _check_arguments(root, target, jobs)
    paths = list(find_audio(root))
    if not paths:
        raise UserError(
            f"There is no audio file below {str(root)!r}; choose the folder that contains the music."
        )
    with Cache(target.with_name(target.stem + ".cache.sqlite")) as cache:
        runner = partial(run_tasks, jobs=jobs or os.cpu_count() or 1, scheduler=scheduler)
        hashes, unopened, computed = _analyse(paths, cache, melody, progress, runner)
        collected = collect_results(root, paths, hashes, unopened, cache, extractor_version(melody))
    return _write(root, target, collected, computed)


def _check_arguments(root: Path, target: Path, jobs: int | None) -> None:
    """Raises a UserError unless the folder exists and the target is free or a catalogue."""
    if not root.is_dir():
        raise UserError(f"There is no folder {str(root)!r}; choose the folder that contains the music.")
    if jobs is not None and jobs < 1:
        raise UserError(f"jobs is {jobs}; it must be at least 1.")
    if target.is_dir():
        raise UserError(
            f"{str(target)!r} is a folder; choose a file such as {str(target / 'catalog.parquet')!r}."
        )
    if target.exists():
        try:
            Catalog.load(target)
        except UserError as error:
            raise UserError(
                f"{str(target)!r} exists and is not a segue catalogue; choose another output file."
            ) from error


def _analyse(
    paths: list[Path], cache: Cache, melody: bool, progress: bool, runner: Runner
) -> tuple[dict[Path, str], dict[Path, str], int]:
    """Analyses every file that the cache lacks.

    Returns:
        The content hash of each file that could be opened, the reason for each that could not, and the
        number of files analysed.
    """
    version = extractor_version(melody)
    hashes, unopened, tasks = {}, {}, []
    for path in paths:
        content = cache.known_hash(path)
        if content is not None and cache.has(content, version):
            hashes[path] = content
        else:
            tasks.append(Task(path, version, str(cache.path), melody))
    computed = 0
    bar = tqdm(total=len(paths), initial=len(hashes), unit="file", file=sys.stderr, disable=not progress)
    try:
        with bar:
            for task, content, outcome in runner(tasks):
                if content:
                    if outcome is not None:
                        cache.put(content, version, outcome)
                        computed += 1
                    cache.remember_file(task.path, content)
                    hashes[task.path] = content
                else:
                    unopened[task.path] = outcome.reason if outcome else "could not be read"
                bar.update()
    except KeyboardInterrupt:
        print(
            f"{len(hashes)} of {len(paths)} files are finished and kept in {cache.path}; "
            "run the same command again to resume.",
            file=sys.stderr,
        )
        raise
    return hashes, unopened, computed


def _write(root: Path, target: Path, collected: ExtractionResults, computed: int) -> ExtractionReport:
    """Writes all output files."""
    errors = target.with_name(target.stem + ".errors.csv")
    _write_errors(errors, collected.failures)
    if not len(collected.tracks):
        first = "; ".join(f"{path} {reason}" for path, reason in collected.failures[:3])
        raise UserError(
            f"None of the {len(collected.failures)} audio files below {str(root)!r} could be read ({first}); "
            "choose a folder with playable music."
        )
    catalog = Catalog.from_frame(collected.tracks, target.stem, root=str(root.resolve()))
    catalog.save(target)
    frames = target.with_name(target.stem + ".frames.parquet")
    part = frames.with_name(frames.name + ".part")
    pq.write_table(collected.frames, part, compression="zstd")
    part.replace(frames)
    short = catalog.tracks["decoded"] < 0.98 * catalog.tracks["declared"] - 0.1
    incomplete = short | (catalog.tracks["faults"] > 0)
    return ExtractionReport(
        catalog=target,
        frames=frames,
        errors=errors if collected.failures else None,
        tracks=len(catalog),
        computed=computed,
        failures=collected.failures,
        partial=list(catalog.tracks["path"][incomplete]),
    )


def _write_errors(path: Path, failures: list[tuple[str, str]]) -> None:
    """Writes the CSV of failures, or removes an old one if there are none."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("path", "reason"), *((p, printable_line(reason)) for p, reason in failures)]
        )
