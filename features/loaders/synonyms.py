"""What other programs call the columns of our schema."""

import re

SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(theirs.split())
    for name, theirs in {
        "id": "track_id track_id_clean id spotify_id spotify_track_id track_uri spotify_uri uri "
        "song_id songid",
        "title": "track_name title song_title song_name name song track_title track",
        "artist": "artist_name_s artist_names artists track_artist artist_name artistname artist",
        "album": "album_name track_album_name albumname album release release_name album_title",
        "genre": "track_genre genre genres playlist_genre top_genre genre_top track_genre_top",
        "year": "year release_year release_date album_release_date track_album_release_date "
        "release_date_estimate song_year",
        "duration": "duration_ms track_duration_ms duration duration_s duration_sec track_duration "
        "length_duration length song_duration",
        "tempo": "tempo bpm beats_per_minute_bpm song_tempo",
        "loudness": "loudness loudness_db song_loudness",
        "energy": "energy nrgy",
        "valence": "valence val",
        "danceability": "danceability dnce",
        "acousticness": "acousticness acous",
        "track": "track_number",
        "key": "key keysignature song_key",
        "mode": "mode song_mode",
    }.items()
}
"""For each column the normalised names under which it was seen, the most telling first."""

NOT_OURS = ("beat_strength", "flatness", "tempo_conf", "key_conf", "segments", "contrast")
"""Names that others use for something else than the schema does."""


def normalised(name: object) -> str:
    """A column name in lower case with one underscore for whatever is no letter or digit."""
    return re.sub(r"[^0-9a-z]+", "_", str(name).lower()).strip("_")


def rename(columns: list[str]) -> dict[str, str]:
    """Maps column names of a file to those of the schema; what is not in the map keeps its name.

    Of several candidates for one column the first in `SYNONYMS` is taken, the others stay as extra.
    """
    by_name = {normalised(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for ours, theirs in SYNONYMS.items():
        source = next(
            (by_name[name] for name in theirs if name in by_name and by_name[name] not in found), None
        )
        if source is not None:
            found[source] = ours
    taken = set(found.values())
    for name in columns:
        if name not in found and (normalised(name) in NOT_OURS or name in taken):
            found[name] = f"original_{normalised(name)}"
    return found
