"""What an extraction reports."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from segue.features.errors import counted, shorten
from segue.features.existing_files import printable

_MOST_LISTED = 20


@dataclass(frozen=True)
class ExtractionReport:
    """The outcome of an extraction.

    Attributes:
        catalog: The catalogue file.
        frames: File with beats, section boundaries, energy curves and MFCC covariances, one row per track.
        errors: CSV of the files without a track, with the reasons; None if there are none.
        tracks: Number of tracks in the catalogue.
        computed: Number of files analysed by this call.
        min_duration: Length in s below which files were left out.
        failures: (path, reason) of each file without usable audio.
        short: (path, reason) of each file that was too short.
        partial: Paths of tracks that were decoded only in part.
        sound_types: Number of tracks of each sound type.
        hidden: Number of hidden files and of hidden or system folders that were passed over.
        remarks: Sentences about what else happened.
    """

    catalog: Path
    frames: Path
    errors: Path | None
    tracks: int
    computed: int
    min_duration: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)
    short: list[tuple[str, str]] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    sound_types: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    remarks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        analysed = f"{counted(self.computed, 'file')} analysed in this run"
        lines = [f"{counted(self.tracks, 'track')} in {self.catalog} ({analysed})", *self.remarks]
        flagged = ", ".join(f"{self.sound_types[name]} {name}" for name in ("silence", "speech"))
        if self.sound_types["silence"] or self.sound_types["speech"]:
            lines.append(f"Not music, so pools leave them out (column sound_type): {flagged}")
        if self.partial:
            lines.append(f"{len(self.partial)} decoded only in part (columns decoded, declared, faults):")
            lines += _listed(self.partial)
        if self.short:
            lines.append(
                f"{counted(len(self.short), 'file')} shorter than {self.min_duration:g} s left out "
                f"(--min-duration), listed in {self.errors}"
            )
        if self.failures:
            lines.append(
                f"{counted(len(self.failures), 'file')} without usable audio, listed in {self.errors}:"
            )
            lines += _listed([f"{shorten(path)} {reason}" for path, reason in self.failures])
        if self.hidden:
            lines.append(f"Hidden files and hidden or system folders passed over: {self.hidden}")
        return "\n".join(lines)


def _listed(entries: list[str]) -> list[str]:
    """Returns lines for the first entries, and one for how many more there are."""
    more = [f"  … and {len(entries) - _MOST_LISTED} more"] if len(entries) > _MOST_LISTED else []
    return [f"  {printable(entry)}" for entry in entries[:_MOST_LISTED]] + more
