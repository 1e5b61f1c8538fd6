"""Reuses models and runs of other studies instead of making them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from segue.experiments.console import say
from segue.experiments.runs.folder import CONFIG, damage_of, read_record
from segue.experiments.runs.spec import RunSpec, Spec, key_of
from segue.experiments.storage.atomic import create_once, link_files, write_json
from segue.experiments.storage.checksums import require_intact, write_checksums
from segue.experiments.study.folder import StudyFolder
from segue.features.errors import UserError


def studies_named(folders: Iterable[Path]) -> list[StudyFolder]:
    """Finds the studies in folders, each of which contains one study or several in subfolders.

    Raises:
        UserError: A folder contains no study, or one whose runs this version cannot read.
    """
    studies = []
    for folder in folders:
        found = [StudyFolder(folder)] if StudyFolder(folder).study.is_file() else list(_studies_in(folder))
        if not found:
            raise UserError(
                f"There is no study in {folder} to reuse; choose a folder that `segue compare` wrote."
            )
        studies += found
    for study in studies:
        study.refuse_old_version()
    return studies


def _studies_in(folder: Path) -> Iterator[StudyFolder]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if (path / "study.yaml").is_file():
            yield StudyFolder(path)


def reuse_runs(
    specs: Sequence[RunSpec], folder: StudyFolder, others: Sequence[StudyFolder], console: Console
) -> None:
    """Links models and runs of other studies that this study needs into its folder, whatever code made them.

    Damaged ones are left out, with a sentence.

    Args:
        specs: The runs of the study.
        folder: Its folder.
        others: The studies to reuse from.
        console: Where to print the sentences.
    """
    runs: dict[str, Spec] = {spec.key: spec for spec in specs}
    models: dict[str, Spec] = {spec.model.key: spec.model for spec in specs if spec.model}
    for other in others:
        _reuse(runs, folder.runs, other.runs, console)
        _reuse(models, folder.models, other.models, console)


def _reuse(wanted: dict[str, Spec], into: Path, store: Path, console: Console) -> None:
    """Links the wanted folders that a store has under the same key."""
    for made in sorted(store.glob("[!.]*")):
        spec = wanted.get(key_of(made.name))
        if spec is None or (into / spec.folder_name).is_dir():
            continue
        if (damage := damage_of(made, run=isinstance(spec, RunSpec))) is not None:
            say(console, f"{made} is not reused, since it is damaged ({damage.what}).")
            continue
        record = read_record(made)
        if record["key"] != spec.key:
            continue  # its folder was renamed
        with create_once(into / spec.folder_name) as partial:
            link_files(made, require_intact(made, CONFIG), partial)
            # The file is shared with the other study, so that it must be replaced and not written to.
            (partial / CONFIG).unlink()
            source = f"{store.parent.name}/{store.name}/{made.name}"
            write_json(partial / CONFIG, {**record, "spec": asdict(spec), "reused_from": source})
            write_checksums(partial, CONFIG)
