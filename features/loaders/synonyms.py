"""Names of the schema's columns in the files of other programs."""

import re

_DURATIONS = (
    "duration track_duration trackduration length_duration length track_length tracklength song_duration "
    "song_length total_time play_time playtime time"
)
_UNITS = (
    "ms msec msecs millis milliseconds miliseconds s sec secs seconds min mins minutes "
    "m_ss mm_ss h_mm_ss hh_mm_ss"
)


def _duration_names() -> list[str]:
    """Returns the names of columns with durations; those that say their unit come first."""
    names, units = _DURATIONS.split(), _UNITS.split()
    said = [f"{name}_{of}{unit}" for name in names for of in ("", "in_") for unit in units]
    joined = [f"{name}{unit}" for name in names for unit in units if len(unit) > 1]
    return [*said, *joined, *names]


SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(synonyms.split())
    for name, synonyms in {
        "id": "track_id track_id_clean id spotify_id spotify_track_id track_uri spotify_uri uri "
        "song_id songid",
        "title": "track_name title song_title song_name name song track_title track",
        "artist": "artist_name_s artist_names artists track_artist artist_name artistname artist",
        "album": "album_name track_album_name albumname album release release_name album_title",
        "genre": "track_genre genre genres playlist_genre top_genre genre_top track_genre_top",
        "year": "year release_year release_date album_release_date track_album_release_date "
        "release_date_estimate song_year",
        "duration": " ".join(_duration_names()),
        "tempo": "tempo bpm beats_per_minute_bpm song_tempo",
        "loudness": "loudness loudness_db song_loudness",
        "energy": "energy nrgy",
        "valence": "valence val",
        "danceability": "danceability dnce",
        "acousticness": "acousticness acous",
        "track": "track_number",
        "path": "path file_path filepath file_location",
        "key": "key keysignature key_signature song_key musical_key initial_key initialkey tonality "
        "camelot_key open_key camelot",
        "mode": "mode song_mode",
    }.items()
}
"""Normalised synonyms of each column, the most specific first."""

OTHER_MEANING = ("beat_strength", "flatness", "tempo_conf", "key_conf", "segments", "contrast")
"""Names that other programs use with a different meaning."""


def normalise_name(name: object) -> str:
    """Returns a column name in lower case, with one underscore per run of other characters."""
    text = re.sub("[\u00b5\u03bc]", "u", str(name).lower())  # microseconds are not seconds
    return re.sub(r"[^0-9a-z]+", "_", text).strip("_")


def map_to_schema(columns: list[str]) -> dict[str, str]:
    """Maps column names of a file to those of the schema.

    If several columns could be mapped to the same one, the first in `SYNONYMS` is; a column that would
    clash with a mapped one or has another meaning becomes `original_<name>`.

    Returns:
        Only the columns to rename.
    """
    by_name = {normalise_name(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for target, synonyms in SYNONYMS.items():
        source = next(
            (by_name[name] for name in synonyms if name in by_name and by_name[name] not in found), None
        )
        if source is not None:
            found[source] = target
    taken = {*found.values(), *columns}
    for name in columns:
        if name not in found and (normalise_name(name) in OTHER_MEANING or name in found.values()):
            found[name] = _free_name(f"original_{normalise_name(name)}", taken)
            taken.add(found[name])
    return found


def _free_name(name: str, taken: set[str]) -> str:
    return next(
        free for free in (name, *(f"{name}_{k}" for k in range(2, len(taken) + 3))) if free not in taken
    )
