"""The terms of a listener's utility, one file per term, and the table of their names."""

from importlib import import_module
from typing import Any

TERMS: dict[str, str] = {
    "taste": "taste:Taste",
    "transition": "transition:Transition",
    "satiation": "satiation:Satiation",
    "boredom": "boredom:Boredom",
    "exposure": "exposure:Exposure",
    "drift": "drift:Drift",
    "energy_arc": "energy_arc:EnergyArc",
    "engagement": "engagement:Engagement",
    "peak_end": "peak_end:PeakEnd",
    "song_bins": "song_bins:SongBins",
    "transition_bins": "transition_bins:TransitionBins",
    "conjunctions": "conjunctions:Conjunctions",
}
"""Built-in terms by their name in configurations: module in this folder and class."""


def term_class(name: str) -> Any:
    """Imports the class of a built-in term."""
    module, _, cls = TERMS[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), cls)
