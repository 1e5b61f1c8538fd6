"""Matching of the tracks of a log to those of a catalogue."""

from segue.experiments.logs.matching.plays import Matching, match_plays
from segue.experiments.logs.matching.tracks import match_tracks

__all__ = ["Matching", "match_plays", "match_tracks"]
