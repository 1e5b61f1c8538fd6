"""Reuses models and runs of other studies instead of making them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from segue.experiments.runs.spec import RunSpec, Spec, key_of
from segue.experiments.storage.atomic import create_once, link_files, read_json, write_json
from segue.experiments.study.folder import StudyFolder
from segue.features.errors import UserError


def studies_beside(folder: StudyFolder) -> list[StudyFolder]:
    """Returns the other studies in the parent folder of this study's folder."""
    return list(_studies_in(folder.path.resolve().parent, but=folder.path.resolve()))


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


def _studies_in(folder: Path, but: Path | None = None) -> Iterator[StudyFolder]:
    children = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in children:
        if path != but and (path / "study.yaml").is_file():
            yield StudyFolder(path)


def reuse_runs(
    specs: Sequence[RunSpec], folder: StudyFolder, others: Sequence[StudyFolder], code: str | None
) -> int:
    """Links models and runs of other studies that this study needs into its folder.

    Args:
        specs: The runs of the study.
        folder: Its folder.
        others: The studies to reuse from.
        code: Reuse only what this version of the code made, see `code_fingerprint`; None reuses everything.

    Returns:
        Number of models and runs that were reused.
    """
    runs: dict[str, Spec] = {spec.key: spec for spec in specs}
    models: dict[str, Spec] = {spec.model.key: spec.model for spec in specs if spec.model}
    reused = 0
    for other in others:
        reused += _reuse(runs, folder.runs, other.runs, code)
        reused += _reuse(models, folder.models, other.models, code)
    return reused


def _reuse(wanted: dict[str, Spec], into: Path, store: Path, code: str | None) -> int:
    """Links the wanted folders that a store has under the same key; returns how many."""
    reused = 0
    for made in sorted(store.glob("[!.]*")):
        spec = wanted.get(key_of(made.name))
        if spec is None or (into / spec.folder_name).is_dir():
            continue
        record = read_json(made / "config.json")
        if code in (None, record.get("code")):
            with create_once(into / spec.folder_name) as partial:
                link_files(made, partial)
                # The file is shared with the other study, so that it must be replaced and not written to.
                (partial / "config.json").unlink()
                source = f"{store.parent.name}/{store.name}/{made.name}"
                write_json(partial / "config.json", {**record, "spec": asdict(spec), "reused_from": source})
            reused += 1
    return reused
