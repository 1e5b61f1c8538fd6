"""Damaged and forged listening logs: converting one gives a table whose counts add up, or one sentence.

By hand, with many logs:

    python tests/fuzz/logs.py --logs 1000 --seed 0

The test suite tries some, see `tests/experiments/logs/test_fuzzed_logs.py`.
"""

import argparse
import gzip
import io
import json
import random
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from segue.experiments.logs import LogConversion, convert_logs, read_plays
from segue.features import UserError

STRANGE = (
    "", " ", "NA", "null", "nan", "inf", "-1", "0", "1e999", "9" * 400, "2021-13-45T99:99:99Z", "7/8/13 2:44",
    "0001-01-01", "9999-12-31T23:59:59Z", "spotify:episode:x", "true", "FALSE", "[", "{", '"', "\\", "\x00",
    "\ufeff", "\u2028", "🔥", "\ud800", "a" * 5000, ",", "\t", "\n", "١٢", "1_000", "-0.0",
)  # fmt: skip
VALUES = (*STRANGE, None, True, False, -5, 0, 1e300, float("nan"), 10**400, [], {}, [1, [2]], {"a": {}})
ROWS = 8


def spotify_entry(row: int) -> dict[str, object]:
    """Returns an entry of a history; rows of the same track are minutes apart."""
    return {
        "ts": f"2021-03-01T12:{5 * row:02d}:00Z",
        "ms_played": 60_000 + row,
        "master_metadata_track_name": f"Title {row % 3}",
        "master_metadata_album_artist_name": "Artist",
        "spotify_track_uri": f"spotify:track:{row % 3:022d}",
        "episode_name": None,
        "reason_start": "trackdone",
        "reason_end": "fwdbtn" if row % 2 else "trackdone",
        "shuffle": False,
        "skipped": None,
        "incognito_mode": False,
    }


def listen(row: int) -> dict[str, object]:
    """Returns a listen of ListenBrainz."""
    extra = {"duration_ms": 200_000, "recording_mbid": f"m{row}", "isrc": "USABC1234567"}
    metadata = {"track_name": "Title", "artist_name": "Artist", "additional_info": extra}
    return {"listened_at": 1_600_000_000 - 300 * row, "user_id": 3, "track_metadata": metadata}


def damaged_entry(entry: dict[str, object], rng: random.Random) -> dict[str, object]:
    """Replaces a value of an entry, or of a mapping in it, or leaves one out."""
    changed = dict(entry)
    key = rng.choice(list(changed))
    inner = changed[key]
    if isinstance(inner, dict) and inner and rng.random() < 0.7:
        changed[key] = damaged_entry(inner, rng)
    elif rng.random() < 0.2:
        del changed[key]
    else:
        changed[key] = rng.choice(VALUES)
    return changed


def json_log(rng: random.Random, entry: object, lines: bool) -> bytes:
    """Writes a JSON log with damaged entries."""
    entries = [entry(row) for row in range(ROWS)]
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(entries))
        entries[at] = damaged_entry(entries[at], rng) if isinstance(entries[at], dict) else rng.choice(VALUES)
    if rng.random() < 0.2:
        entries[rng.randrange(1, ROWS)] = rng.choice(VALUES)
    texts = [json.dumps(each) for each in entries]
    return ("\n".join(texts) if lines else f"[{', '.join(texts)}]").encode("utf-8", "surrogatepass")


def table_log(rng: random.Random, rows: list[list[str]], separator: str) -> bytes:
    """Writes a table with damaged cells."""
    for _ in range(rng.randrange(4)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(STRANGE)
    text = "\n".join(separator.join(row) for row in rows) + "\n"
    return text.encode(rng.choice(("utf-8", "utf-8-sig", "utf-16", "latin-1")), "replace")


def spotify_table(rng: random.Random) -> bytes:
    """Writes a history as a table."""
    rows = [["ts", "ms_played", "track_name", "artist_name", "spotify_track_uri", "reason_end", "skipped"]]
    rows += [
        [f"7/{row + 10}/2013 2:44", "1000", f"T{row}", "A", f"{row:022d}", "fwdbtn", "TRUE"]
        for row in range(ROWS)
    ]
    return table_log(rng, rows, rng.choice(",\t"))


def lastfm(rng: random.Random) -> bytes:
    """Writes a table of Last.fm."""
    rows = [["u1", f"2009-05-04T23:{row:02d}:57Z", "a1", "Artist", f"m{row}", "Title"] for row in range(ROWS)]
    return table_log(rng, rows, "\t")


def mssd(rng: random.Random) -> bytes:
    """Writes a log of the Music Streaming Sessions Dataset."""
    head = [
        "session_id",
        "session_position",
        "session_length",
        "track_id_clean",
        "skip_2",
        "hour_of_day",
        "date",
    ]
    rows = [
        [f"s{row // 4}", str(row % 4 + 1), "4", f"t{row}", "true", "3", "2018-07-15"] for row in range(ROWS)
    ]
    return table_log(rng, [head, *rows], ",")


def yambda(rng: random.Random) -> bytes:
    """Writes listens of Yambda, some columns of another type."""
    frame = pd.DataFrame({"uid": 1, "item_id": range(ROWS), "timestamp": 100, "played_ratio_pct": 120})
    frame["track_length_seconds"] = 200
    if rng.random() < 0.5:
        column = rng.choice(list(frame))
        frame[column] = rng.choice(
            (frame[column] - 110, frame[column] * 1e300, frame[column].astype(str), np.nan, "x")
        )
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


def make_log(rng: random.Random) -> bytes:
    """Writes a log of any format, whose bytes may be damaged too, and which may be compressed."""
    kind = rng.randrange(6)
    if kind == 0:
        content = json_log(rng, spotify_entry, False)
    elif kind == 1:
        content = json_log(rng, listen, rng.random() < 0.7)
    else:
        content = (spotify_table, lastfm, mssd, yambda)[kind - 2](rng)
    content = damaged_bytes(content, rng)
    packed = rng.random()
    if packed < 0.15:
        content = damaged_bytes(gzip.compress(content, mtime=0), rng)
    elif packed < 0.3:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("MyData/endsong_0.json", content)
        content = damaged_bytes(stream.getvalue(), rng)
    return content


def damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cuts a file, or changes or inserts some bytes."""
    data, kind = bytearray(content), rng.random()
    at = rng.randrange(len(data))
    if kind < 0.15:
        del data[at:]
    elif kind < 0.25:
        data[at] = rng.randrange(256)
    elif kind < 0.35:
        data[at:at] = rng.randbytes(rng.randrange(1, 20))
    return bytes(data)


def try_log(seed: int, folder: Path) -> str:
    """Converts one damaged log and checks what came out.

    Returns:
        `"converted"` or the sentence of the error.
    """
    rng = random.Random(seed)
    log, out = folder / f"log-{seed}", folder / f"plays-{seed}.parquet"
    log.write_bytes(make_log(rng))
    try:
        conversion = convert_logs([log], out, progress=False)
    except UserError as error:
        told = str(error)
    else:
        check(conversion, read_plays(out))
        out.unlink()
        return "converted"
    assert not out.exists()
    assert "\n" not in told
    return told


def check(conversion: LogConversion, plays: pd.DataFrame) -> None:
    """Checks that the counts of a conversion add up."""
    assert len(plays) == conversion.plays > 0
    assert conversion.read == conversion.plays + sum(conversion.left_out.values()), conversion
    assert plays["session"].nunique() == conversion.sessions


def main() -> None:
    """Tries as many logs as the command line asks for, and counts what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seed, given.seed + given.logs):
            try:
                told = try_log(seed, Path(folder))
            except BaseException:
                print(f"Log {seed}:")
                raise
            counted[told.replace(str(Path(folder) / f"log-{seed}"), "FILE")] += 1
    for told, count in counted.most_common():
        print(f"{count:5d} {told[:150]}")


if __name__ == "__main__":
    main()
