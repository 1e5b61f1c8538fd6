"""Measures how fast a mix is rendered and how much memory it takes.

usage: python experiments/benchmarks/mix.py [--hours 2] [--ending flac]

Renders noisy beats of four tempos at two sampling rates, with fades of 12 s on matched beats, and prints
the length, the processor time of one core, and the largest memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from segue.experiments.console import errors_in_one_sentence
from segue.experiments.playlists.assemble import assemble
from segue.experiments.playlists.mixing.plan import RATE, plan_mix
from segue.experiments.playlists.mixing.render import render_mix
from segue.experiments.playlists.playlist import Playlist
from segue.features import Catalog

_TRACK = 240.0
"""Length of a track in s."""

_TEMPOS = (120.0, 123.0, 126.0, 122.0)


def playlist_of(hours: float, folder: Path) -> Playlist:
    """Writes four pieces and returns a playlist that repeats them for some hours."""
    rng = np.random.default_rng(0)
    rows = []
    for k, tempo in enumerate(_TEMPOS):
        rate = RATE if k % 2 else 48_000
        # Second by second, as the memory of the whole process is measured.
        with soundfile.SoundFile(folder / f"{k}.flac", "w", rate, 2) as file:
            for second in range(int(_TRACK)):
                envelope = 0.1 + 0.3 * np.exp(-20 * ((second + np.arange(rate) / rate) % (60 / tempo)))
                noise = envelope[:, None] * rng.standard_normal((rate, 2))
                file.write(np.clip(noise, -0.99, 0.99))
        beats = np.arange(0, _TRACK, 60 / tempo)
        rows.append(
            {"id": str(k), "path": f"{k}.flac", "title": str(k), "artist": "", "tempo": tempo, "beats": beats}
        )
    frame = pd.DataFrame(rows).assign(duration=_TRACK, loudness=-18.0, true_peak=-0.1)
    catalog = Catalog.from_frame(frame.drop(columns="beats"), "noise", root=str(folder))
    count = max(2, round(hours * 3600 / (_TRACK - 12)))
    order = np.arange(count) % len(_TEMPOS)
    playlist = assemble(catalog, order)
    tracks = playlist.tracks.assign(beats=frame["beats"].iloc[order].reset_index(drop=True))
    return dataclasses.replace(playlist, tracks=tracks, overlaps=np.full(count - 1, 12.0))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hours", type=float, default=2.0, help="length of the mix")
    parser.add_argument("--ending", default="flac", help="flac, wav, ogg, opus or mp3")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        playlist = playlist_of(arguments.hours, folder)
        # The compiled loops are loaded before the clock starts.
        render_mix(playlist_of(0.01, folder), folder / "warm-up.wav", progress=False)
        before = time.process_time()
        render_mix(playlist, folder / f"mix.{arguments.ending}")
        used = time.process_time() - before
        seconds = plan_mix(playlist).samples / RATE
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{seconds / 60:.1f} min of mix, {len(playlist)} tracks: {used:.1f} s of one core, "
            f"{seconds / used:.0f} × real time, {memory:.0f} MB at most"
        )


if __name__ == "__main__":
    with errors_in_one_sentence("mix"):
        main()
