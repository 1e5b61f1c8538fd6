"""Takes models and runs that another study has made already, instead of making them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from segue.experiments.runs.spec import RunSpec, Spec, key_of
from segue.experiments.storage.atomic import link_files, made_once, read_json, write_json
from segue.experiments.study.folder import StudyFolder
from segue.features.errors import UserError


def studies_beside(folder: StudyFolder) -> list[StudyFolder]:
    """The other studies in the folder that holds this study's folder."""
    return list(_studies_in(folder.path.resolve().parent, but=folder.path.resolve()))


def studies_named(folders: Iterable[Path]) -> list[StudyFolder]:
    """The studies that folders hold, each being one study's or one of several studies.

    Raises:
        UserError: There is no study in one of them.
    """
    found = []
    for folder in folders:
        here = [StudyFolder(folder)] if StudyFolder(folder).study.is_file() else list(_studies_in(folder))
        if not here:
            raise UserError(f"There is no study in {folder}, from which to take what it has made.")
        found += here
    return found


def _studies_in(folder: Path, but: Path | None = None) -> Iterator[StudyFolder]:
    children = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in children:
        if path != but and (path / "study.yaml").is_file():
            yield StudyFolder(path)


def reuse_runs(
    specs: Sequence[RunSpec], folder: StudyFolder, others: Sequence[StudyFolder], code: str | None
) -> int:
    """Links what other studies have of this study's models and runs into its folder.

    Args:
        specs: The runs of the study.
        folder: Its folder.
        others: Studies to take from.
        code: Reuse only what this code has made, see `code_fingerprint`; None reuses all.

    Returns:
        How many models and runs were taken.
    """
    runs: dict[str, Spec] = {spec.key: spec for spec in specs}
    models: dict[str, Spec] = {spec.model.key: spec.model for spec in specs if spec.model}
    reused = 0
    for other in others:
        reused += _take(runs, folder.runs, other.runs, code)
        reused += _take(models, folder.models, other.models, code)
    return reused


def _take(wanted: dict[str, Spec], into: Path, store: Path, code: str | None) -> int:
    """Links the wanted folders that a store has under the same key."""
    reused = 0
    for made in sorted(store.glob("[!.]*")):
        spec = wanted.get(key_of(made.name))
        if spec is None or (into / spec.folder_name).is_dir():
            continue
        record = read_json(made / "config.json")
        if code in (None, record.get("code")):
            with made_once(into / spec.folder_name) as partial:
                link_files(made, partial)
                # The file is shared with the other study: it is replaced, never written into.
                (partial / "config.json").unlink()
                source = f"{store.parent.name}/{store.name}/{made.name}"
                write_json(partial / "config.json", {**record, "spec": asdict(spec), "reused_from": source})
            reused += 1
    return reused
