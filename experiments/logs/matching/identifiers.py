"""Identifiers of tracks, written so that equal ones are equal: Spotify's, MusicBrainz's, and ISRCs."""

from __future__ import annotations

import re

import pandas as pd

_SPOTIFY = re.compile(r"(?:spotify:track:|open\.spotify\.com/(?:[\w-]+/)?track/)([0-9A-Za-z]{22})")
_MUSICBRAINZ = re.compile(r"musicbrainz(?::recording:|\.org/recording/)([0-9A-Fa-f-]{36})")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")

URI_COLUMNS = (
    *("uri", "track_uri", "spotify_uri", "spotify_track_uri", "spotify_id", "spotify_track_id"),
    *("url", "spotify_url", "external_url", "recording_mbid", "musicbrainz_recordingid", "mbid"),
)
"""Columns of a catalogue, in lower case, that may hold identifiers beside `id`."""


def bare_identifier(text: str) -> str:
    """Returns the identifier in a URI or an address of Spotify or MusicBrainz; other text as it is."""
    for pattern in (_SPOTIFY, _MUSICBRAINZ):
        if found := pattern.search(text):
            return found[1].lower() if pattern is _MUSICBRAINZ else found[1]
    return text.strip()


def bare_identifiers(values: pd.Series) -> pd.Series:
    """Applies `bare_identifier` to each value; missing and empty ones are missing."""
    text = values.astype(object).map(lambda value: bare_identifier(str(value)), na_action="ignore")
    return text.where(text.notna() & (text != ""))


def isrc_codes(values: pd.Series) -> pd.Series:
    """Returns International Standard Recording Codes (ISO 3901) without hyphens; anything else is missing."""
    text = values.astype(object).map(
        lambda value: re.sub(r"[\s-]", "", str(value)).upper(), na_action="ignore"
    )
    return text.where(text.map(lambda value: isinstance(value, str) and bool(_ISRC.fullmatch(value))))
