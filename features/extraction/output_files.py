"""The files that an extraction writes: their names, and whether they would replace a file of the user."""

import csv
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segue.features.catalog.catalog import Catalog
from segue.features.catalog.storage import NotACatalogError
from segue.features.errors import UserError
from segue.features.existing_files import is_file, readable, what_else

ERRORS_HEADER = ("path", "reason")

_SUFFIX = ".parquet"


@dataclass(frozen=True)
class OutputFiles:
    """The catalogue file `music.parquet` and those beside it, whose names begin with `music`.

    Attributes:
        catalog: The catalogue file.
    """

    catalog: Path

    @property
    def stem(self) -> str:
        """The name of the catalogue file without `.parquet`; any other ending belongs to the stem."""
        name = self.catalog.name
        return name[: -len(_SUFFIX)] if Path(name).suffix.lower() == _SUFFIX else name

    @property
    def title(self) -> str:
        """The name of the catalogue."""
        return readable(self.stem)

    @property
    def frames(self) -> Path:
        """The file with beats, section boundaries, energy curves and MFCC covariances."""
        return self.catalog.with_name(f"{self.stem}.frames.parquet")

    @property
    def errors(self) -> Path:
        """The CSV file of what became no track."""
        return self.catalog.with_name(f"{self.stem}.errors.csv")

    @property
    def cache(self) -> Path:
        """The cache of analyses."""
        return self.catalog.with_name(f"{self.stem}.cache.sqlite")

    def check(self, root: Path) -> list[str]:
        """Checks that nothing would be replaced but the output of an earlier extraction.

        Args:
            root: The folder to extract.

        Returns:
            A remark if that was an extraction of another folder.

        Raises:
            UserError: Another file would be replaced, or the catalogue is damaged.
            OSError: The file system does not allow one of the names.
        """
        for path in (self.catalog, self.frames, self.errors, self.cache):
            _check_regular(path)
        for path, is_ours in ((self.frames, _is_frames), (self.errors, _is_errors)):
            if is_file(path) and not is_ours(path):
                raise UserError(
                    f"{str(path)!r} exists and was not written by `segue extract`; move it away, or choose "
                    "another output file."
                )
        return self._check_catalog(root) if is_file(self.catalog) else []

    def _check_catalog(self, root: Path) -> list[str]:
        """Checks an existing catalogue; see `check`."""
        try:
            stored = Catalog.load(self.catalog)
        except NotACatalogError as error:
            raise UserError(
                f"{str(self.catalog)!r} exists and is not a segue catalogue; choose another output file."
            ) from error
        if "extractor_version" not in stored.tracks:
            raise UserError(
                f"{str(self.catalog)!r} is a catalogue that was not extracted from audio; choose another "
                "output file."
            )
        same = stored.root == str(root.resolve())
        return [] if same else [f"Replaced the catalogue of {readable(stored.root) or 'another folder'}."]


def _check_regular(path: Path) -> None:
    """Raises an error unless a path is that of a regular file or free."""
    if is_file(path):
        return
    if other := what_else(path):
        raise UserError(f"{str(path)!r} {other}; choose another output file.")
    with suppress(FileNotFoundError, NotADirectoryError):
        path.lstat()


def _is_frames(path: Path) -> bool:
    """Returns whether a file is the frames of a catalogue."""
    try:
        with path.open("rb") as file:
            return {"id", "energy_curve", "mfcc_cov"} <= set(pq.read_schema(file).names)
    except pa.ArrowException:
        return False


def _is_errors(path: Path) -> bool:
    """Returns whether a file is a CSV of what became no track."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return next(csv.reader(file), None) == list(ERRORS_HEADER)
