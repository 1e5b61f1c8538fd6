"""Rebuilds `demo.parquet` from freely licensed music in Debian packages; needs apt.

usage: python features/data/build_demo_catalog.py [WORK_DIR]      (run `apt-get update` first)

Downloads and unpacks packages below WORK_DIR (nothing is installed), runs the same extraction as
`segue extract` and adds each track's package and the licence that the package's copyright file states.
Downloads about 1.7 GB; the catalogue contains no audio.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from segue.features.catalog.catalog import Catalog
from segue.features.data.debian_copyright import Credit, credit_of, read_credits
from segue.features.extraction.extract import extract_folder
from segue.features.source_tree import source_folder

MIN_SECONDS = 30.0
MIN_BYTES = 200_000

PACKAGES: dict[str, str] = {
    "amoebax-data": "usr/share/games/amoebax/music",
    "ardentryst": "usr/share/games/ardentryst/Music",
    "asc-music": "usr/share/games/asc/music",
    "colobot-common-sounds": "usr/share/games/colobot/music",
    "enigma-data": "usr/share/games/enigma/music",
    "extremetuxracer-data": "usr/share/games/etr/music",
    "fillets-ng-data": "usr/share/games/fillets-ng/music",
    "flare-game": "usr/share/games/flare/mods/fantasycore/music",
    "freedroidrpg-data": "usr/share/freedroidrpg/data/sound/music",
    "frozen-bubble-data": "usr/share/games/frozen-bubble/snd",
    "hedgewars-data": "usr/share/games/hedgewars/Data/Music",
    "hyperrogue-music": "usr/share/hyperrogue/music",
    "lincity-ng-data": "usr/share/games/lincity-ng/music",
    "marsshooter-data": "usr/share/games/marsshooter/audio/music",
    "naev-data": "usr/share/naev/dat/snd/music",
    "noiz2sa-data": "usr/share/games/noiz2sa/sounds",
    "pathological": "usr/share/games/pathological/music",
    "planetblupi-music-ogg": "usr/share/planetblupi/music",
    "pushover-data": "usr/share/pushover/themes",
    "singularity-music": "usr/share/games/singularity/music",
    "starfighter-data": "usr/share/starfighter/music",
    "supertux-data": "usr/share/games/supertux2/music",
    "tumiki-fighters-data": "usr/share/games/tumiki-fighters/sounds",
    "unknown-horizons": "usr/share/unknown-horizons/content/audio/music",
    "warmux-data": "usr/share/games/warmux/music",
    "warzone2100-music": "usr/share/games/warzone2100/music",
    "wesnoth-1.16-music": "usr/share/games/wesnoth/1.16/data/core/music",
    "zaz-data": "usr/share/games/zaz",
}
"""Music folder of each package."""

PROSE_CREDITS: dict[str, Credit] = {
    "enigma-data": Credit("", "GPL-2"),
    "fillets-ng-data": Credit("", "GPL-2"),
    "noiz2sa-data": Credit("Kenta Cho", "BSD-2-Clause"),
    "singularity-music": Credit("Max McCracken", "CC-BY-SA-3.0"),
    "tumiki-fighters-data": Credit("Kenta Cho", "BSD-2-Clause"),
    "warmux-data": Credit("", "GPL-2+"),
    "wesnoth-1.16-music": Credit("", "GPL-2+"),
}
"""Credits of packages whose copyright files are prose, read by hand."""


def unpack(package: str, work: Path) -> Path:
    """Downloads and unpacks a package if needed; returns the folder of its contents."""
    content = work / "packages" / package
    if not content.is_dir():
        content.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
            (archive,) = Path(folder).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", archive, f"{content}.part"], check=True)
        Path(f"{content}.part").rename(content)
    return content


def copy_music(package: str, folder: str, work: Path) -> dict[str, Credit]:
    """Copies a package's music to `work/music/<package>`; returns the credit of each relative path."""
    content = unpack(package, work)
    target = work / "music" / package
    credits_of = (
        [] if package in PROSE_CREDITS else read_credits(content / f"usr/share/doc/{package}/copyright")
    )
    found = {}
    for file in sorted((content / folder).rglob("*")):
        if file.is_file() and not file.is_symlink() and file.stat().st_size >= MIN_BYTES:
            copy = target / file.relative_to(content / folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.exists():
                shutil.copy2(file, copy)
            credit = PROSE_CREDITS.get(package) or credit_of(file.relative_to(content), credits_of)
            found[str(copy.relative_to(work / "music"))] = credit
    return found


def tidy_title(title: str) -> str:
    """Turns a file name into a title: `forest-sprint` into `Forest Sprint`."""
    if title != title.lower() and "_" not in title:
        return title
    words = title.replace("-", " ").replace("_", " ").split()
    return " ".join(word if word != word.lower() else word.capitalize() for word in words)


def add_credits(tracks: pd.DataFrame, credit: dict[str, Credit]) -> pd.DataFrame:
    """Adds source, licence and missing artists; drops silent, repeated and very short tracks."""
    kept = tracks[(tracks["duration"] >= MIN_SECONDS) & tracks["loudness"].notna()].copy()
    kept["source"] = "Debian package " + kept["path"].str.split("/").str[0]
    kept["licence"] = [credit[path].licence for path in kept["path"]]
    holder = pd.Series([credit[path].holder for path in kept["path"]], index=kept.index)
    folders = kept["path"].str.split("/").str[:-1]
    for column in ("artist", "album"):
        # Tags guessed from the folders of a package are not artists or albums.
        guessed = [value in parts for value, parts in zip(kept[column], folders, strict=True)]
        kept.loc[guessed, column] = ""
    kept["artist"] = kept["artist"].where(kept["artist"] != "", holder)
    # A title shared by several files of an artist is a tagging error.
    stem = kept["path"].str.rpartition("/")[2].str.rpartition(".")[0]
    kept["title"] = kept["title"].where(~kept.duplicated(["title", "artist"], keep=False), stem)
    kept["title"] = kept["title"].map(tidy_title)
    return kept.drop_duplicates("content_hash").drop(columns=["year", "track", "replay_gain", "genre"])


def main() -> None:
    """Builds the catalogue."""
    out = source_folder(__file__) / "demo.parquet"
    work = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-music").resolve()
    work.mkdir(parents=True, exist_ok=True)
    credit: dict[str, Credit] = {}
    for package, folder in PACKAGES.items():
        credit |= copy_music(package, folder, work)
    report = extract_folder(work / "music", work / "demo.parquet")
    print(report)
    tracks = add_credits(Catalog.load(report.catalog).tracks, credit)
    licences = ", ".join(sorted(tracks["licence"].unique()))
    notes = f"Music of {tracks['source'].nunique()} Debian packages; licences by track: {licences}."
    print(Catalog.from_frame(tracks, "demo", notes=notes).save(out), len(tracks), "tracks", notes)


if __name__ == "__main__":
    main()
