"""Extraction of a folder of audio files to a catalogue file."""

import csv
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from pathlib import Path

import pyarrow.parquet as pq
from tqdm import tqdm

from segue.features.audio.decode import check_regular
from segue.features.audio.decoders import AudioError
from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, excerpt
from segue.features.existing_files import is_folder, printable, write_whole
from segue.features.extraction.cache import Cache
from segue.features.extraction.cache_errors import DamagedCacheError, put_aside
from segue.features.extraction.find_audio import find_audio
from segue.features.extraction.output_files import ERRORS_HEADER, OutputFiles
from segue.features.extraction.processes.run_tasks import run_tasks
from segue.features.extraction.processes.task import Result, Task
from segue.features.extraction.processes.worker import Limits
from segue.features.extraction.report import ExtractionReport
from segue.features.extraction.results import ExtractionResults, collect_results
from segue.features.extraction.tags import printable_line
from segue.features.extraction.track import extractor_version

MIN_DURATION = 30.0
"""Length in s of the shortest track, unless another is given: shorter files are mostly sound effects."""

DEFAULT_LIMITS = Limits()

Runner = Callable[[list[Task]], Generator[tuple[Task, Result], None, None]]


def extract_folder(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    jobs: int | None = None,
    *,
    min_duration: float = MIN_DURATION,
    melody: bool = False,
    progress: bool = True,
    scheduler: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> ExtractionReport:
    """Analyses every audio file below a folder and writes a catalogue.

    With `out` = `music.parquet` it also writes `music.frames.parquet`, `music.errors.csv` if a file has
    become no track, and `music.cache.sqlite`, which lets the next run analyse only new and changed files.
    Only files of an earlier extraction are replaced. After an interruption the same call resumes.

    Args:
        folder: The folder, read recursively.
        out: The catalogue file to write.
        jobs: Number of processes; all cores if None.
        min_duration: Length in s of the shortest track; shorter files are left out.
        melody: Whether to track the melody too, which is slow.
        progress: Whether to show a progress bar on stderr.
        scheduler: Address of a Dask scheduler whose workers see the same files, used instead of processes.
        limits: What the analysis of one file may take.

    Raises:
        UserError: The folder is missing or has no readable track, `out` exists and is damaged or not an
            extracted catalogue, or a file beside it was not written by an extraction.
        OSError: The disk is full or must not be written to; finished files are kept.
        KeyboardInterrupt: After Ctrl-C; finished files are kept.
    """
    root, files = Path(folder), OutputFiles(Path(out))
    _check_arguments(root, jobs, min_duration, limits)
    found = find_audio(root)
    if not found.paths:
        raise UserError(
            f"There is no audio file below {str(root)!r}; choose the folder that contains the music."
        )
    remarks = files.check(root)
    runner = partial(run_tasks, jobs=jobs or os.cpu_count() or 1, limits=limits, scheduler=scheduler)
    collect = partial(_collect, root, found.paths, files.cache, melody, min_duration, progress, runner)
    try:
        collected, computed = collect()
    except DamagedCacheError:
        aside = put_aside(files.cache)
        remarks.append(f"The damaged cache was renamed to {aside}; all files were analysed again.")
        collected, computed = collect()
    report = _write(root, files, collected, min_duration)
    return replace(report, computed=computed, hidden=len(found.hidden), remarks=remarks)


def _check_arguments(root: Path, jobs: int | None, min_duration: float, limits: Limits) -> None:
    """Raises a UserError unless the folder exists and the numbers make sense."""
    if not is_folder(root):
        raise UserError(f"There is no folder {excerpt(root)!r}; choose the folder that contains the music.")
    if jobs is not None and jobs < 1:
        raise UserError(f"jobs is {jobs}; it must be at least 1.")
    if not 0 <= min_duration < math.inf:
        raise UserError(f"min_duration is {min_duration}; it must be a number of seconds from 0.")
    if not limits.seconds > 0:
        raise UserError(f"The time limit of a file is {limits.seconds:g} s; it must be above 0.")


def _collect(
    root: Path,
    paths: list[Path],
    cache_file: Path,
    melody: bool,
    min_duration: float,
    progress: bool,
    runner: Runner,
) -> tuple[ExtractionResults, int]:
    """Returns the results for all files, and the number of files that had to be analysed."""
    with Cache(cache_file) as cache:
        hashes, unopened, computed = _analyse(paths, cache, melody, progress, runner)
        version = extractor_version(melody)
        return collect_results(root, paths, hashes, unopened, cache, version, min_duration), computed


def _analyse(
    paths: list[Path], cache: Cache, melody: bool, progress: bool, runner: Runner
) -> tuple[dict[Path, str], dict[Path, str], int]:
    """Analyses every file that the cache lacks.

    Returns:
        The content hash of each file that could be opened, the reason for each that could not, and the
        number of files analysed.
    """
    version = extractor_version(melody)
    hashes, unopened, tasks = _divide(paths, cache, melody)
    computed = 0
    initial = len(paths) - len(tasks)
    bar = tqdm(total=len(paths), initial=initial, unit="file", file=sys.stderr, disable=not progress)
    try:
        with bar, closing(runner(tasks)) as results:
            for task, result in results:
                if result.content:
                    if result.outcome is not None:
                        cache.put(result.content, version, result.outcome)
                        computed += 1
                    cache.remember_file(task.path, result.content, result.state)
                    hashes[task.path] = result.content
                else:
                    unopened[task.path] = result.outcome.reason if result.outcome else "could not be read"
                bar.update()
    except KeyboardInterrupt:
        print(
            f"{len(hashes)} of {len(paths)} files are finished and kept in {cache.path}; "
            "run the same command again to resume.",
            file=sys.stderr,
        )
        raise
    return hashes, unopened, computed


def _divide(
    paths: list[Path], cache: Cache, melody: bool
) -> tuple[dict[Path, str], dict[Path, str], list[Task]]:
    """Returns the content hash of each cached file, why others cannot be opened, and what is left to do."""
    version = extractor_version(melody)
    hashes, unopened, tasks = {}, {}, []
    for path in paths:
        try:
            check_regular(path)
        except AudioError as error:
            unopened[path] = str(error)
            continue
        content = cache.known_hash(path)
        if content is not None and cache.has(content, version):
            hashes[path] = content
        else:
            tasks.append(Task(path, version, str(cache.path), melody))
    return hashes, unopened, tasks


def _write(
    root: Path, files: OutputFiles, collected: ExtractionResults, min_duration: float
) -> ExtractionReport:
    """Writes all output files."""
    left_out = collected.failures + collected.short
    _write_errors(files.errors, left_out)
    if not len(collected.tracks):
        first = "; ".join(f"{printable(path)} {reason}" for path, reason in left_out[:3])
        raise UserError(
            f"None of the {len(left_out)} audio files below {str(root)!r} can be a track ({first}); "
            "choose a folder with playable music, or another --min-duration."
        )
    catalog = Catalog.from_frame(collected.tracks, files.title, root=str(root.resolve()))
    catalog.save(files.catalog)
    with write_whole(files.frames) as file:
        pq.write_table(collected.frames, file, compression="zstd")
    short = catalog.tracks["decoded"] < 0.98 * catalog.tracks["declared"] - 0.1
    incomplete = short | (catalog.tracks["faults"] > 0)
    return ExtractionReport(
        catalog=files.catalog,
        frames=files.frames,
        errors=files.errors if left_out else None,
        tracks=len(catalog),
        computed=0,
        min_duration=min_duration,
        failures=collected.failures,
        short=collected.short,
        partial=list(catalog.tracks["path"][incomplete]),
        sound_types=Counter(catalog.tracks["sound_type"]),
    )


def _write_errors(path: Path, failures: list[tuple[str, str]]) -> None:
    """Writes the CSV of failures, or removes an old one if there are none."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    rows = [ERRORS_HEADER, *((name, printable_line(reason)) for name, reason in failures)]
    with write_whole(path) as file, TextIOWrapper(file, encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(rows)
