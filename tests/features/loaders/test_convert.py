"""Conversion of tables of other programs and data sets."""

import gzip

import h5py
import numpy as np
import pandas as pd
import pytest

from segue.features import Catalog, UserError
from segue.features.loaders import convert_catalog
from segue.features.loaders.convert import detect_format
from segue.features.loaders.csv_table import read_header

KAGGLE = """\ufefftrack_id,artists,album_name,track_name,duration_ms,explicit,danceability,energy,\
key,loudness,mode,valence,tempo
a1,Dan;Jo,Album,"One, two",167693,False,0.654,0.63,10,-4.6,1,0.43,89.9
a2,MÃ¡rio,Album,Caf\u00e9 <U+1F525>,210000,True,0,0.75,-1,0.3,0,0.51,0
a1,Dan;Jo,Other list,"One, two",167693,False,0.654,0.63,10,-4.6,1,0.43,89.9
a3,X,Y,Z,4000,TRUE,0.5,1.7,3,-9,1,0.2,abc
"""


def test_a_kaggle_file_and_its_defects(tmp_path):
    path = tmp_path / "kaggle.csv"
    path.write_text(KAGGLE, encoding="utf-8")
    conversion = convert_catalog(path)
    tracks = conversion.catalog.tracks.set_index("id")
    assert conversion.format == "spotify"
    assert list(tracks.index) == ["a1", "a2", "a3"]
    assert tracks.loc["a2", "artist"] == "Mário"
    assert tracks.loc["a2", "title"] == "Café 🔥"
    assert tracks.loc["a1", "duration"] == pytest.approx(167.693)
    assert np.isnan(tracks.loc["a2", ["tempo", "danceability", "key"]].astype(float)).all()
    assert np.isnan(tracks.loc["a3", "energy"])
    assert conversion.extra == ("explicit",)
    assert list(tracks["explicit"]) == [False, True, True]
    remarks = "\n".join(conversion.remarks)
    for sentence in (
        "tempo 0 means unknown: 1 row (line 3)",
        "danceability 0 means unknown: 1 row (line 3)",
        "loudness above 0 dB, kept: 1 row (line 3)",
        "repeated id (another playlist?), first row kept: 1 row (line 4)",
        "energy outside 0 to 1, set to unknown: 1 row (line 5)",
        "tempo is not a number, set to unknown: 1 row (line 5)",
        "duration below 10 s, kept: 1 row (line 5)",
    ):
        assert sentence in remarks
    assert Catalog.load(conversion.catalog.save(tmp_path / "k.parquet")).tracks["title"].iloc[0] == "One, two"


def test_percentages_seconds_and_bpm_in_latin_1_with_semicolons(tmp_path):
    path = tmp_path / "top.csv"
    header = "Index;Title;Artist;Top Genre;Year;Beats Per Minute (BPM);Energy;Loudness (dB);Length (Duration)"
    rows = "1;Für Elise;B;classical;2004;157;30;-14;201\n2;B;C;rock;1999;135;79;-11;412\n"
    path.write_bytes(f"{header}\n{rows}".encode("latin-1"))
    conversion = convert_catalog(path)
    tracks = conversion.catalog.tracks
    assert tracks["title"].iloc[0] == "Für Elise"
    assert list(tracks["energy"]) == [0.30, 0.79]
    assert list(tracks["tempo"]) == [157, 135]
    assert tracks["duration"].iloc[0] == 201
    assert tracks["genre"].iloc[1] == "rock"
    assert "energy converted from the range 0 to 100 to 0 to 1" in str(conversion)


def test_percentages_with_decimals(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("track_id,energy,valence,tempo\na,63.5,0.4,100\nb,71.2,1.7,120\nc,0.9,0.2,110\n")
    conversion = convert_catalog(path)
    assert list(conversion.catalog.tracks["energy"]) == pytest.approx([0.635, 0.712, 0.009])
    assert list(conversion.catalog.tracks["valence"].isna()) == [False, True, False]
    assert "valence outside 0 to 1, set to unknown: 1 row (line 3)" in str(conversion)


@pytest.mark.parametrize(
    ("of_id", "of_duration"), [("Spotify ID", "Duration (ms)"), ("Track URI", "Track Duration (ms)")]
)
def test_exportify_old_and_new(tmp_path, of_id, of_duration):
    path = tmp_path / "list.csv.gz"
    header = f"{of_id},Track Name,Album Name,Artist Name(s),Release Date,{of_duration},Energy,Key,Mode,Tempo"
    row = "spotify:track:abc,T,A,X,2001-05-06,200000,.6,C♯/D♭,Minor,100"
    path.write_bytes(gzip.compress(f"{header}\n{row}\n".encode()))
    row = convert_catalog(path).catalog.tracks.iloc[0]
    assert (row["id"], row["title"], row["artist"], row["album"]) == ("abc", "T", "X", "A")
    assert (row["duration"], row["year"], row["key"], row["mode"]) == (200, 2001, 1, 0)


def test_features_of_the_streaming_sessions_data_set(tmp_path):
    path = tmp_path / "tf_000.csv"
    path.write_text(
        "track_id,duration,release_year,acousticness,beat_strength,bounciness,danceability,energy,flatness,key,mode,"
        "tempo,valence,acoustic_vector_0\nt_1,178.9,1993,0.1,0.49,0.48,0.46,0.79,1.01,0,major,144.1,0.5,-0.1\n"
    )
    conversion = convert_catalog(path)
    assert conversion.format == "mssd"
    row = conversion.catalog.tracks.iloc[0]
    assert (row["mode"], row["original_beat_strength"], row["acoustic_vector_0"]) == (1, 0.49, -0.1)
    assert "beat_strength" not in conversion.catalog.feature_names


def write_fma(folder):
    (folder / "tracks.csv").write_text(
        ",album,album,artist,track,track,track\n,title,type,name,duration,genre_top,title\ntrack_id,,,,,,\n"
        "2,AWOL,Album,Someone,168,Hip-Hop,Food\n5,AWOL,Album,Someone,206,Rock,This World\n"
    )
    (folder / "echonest.csv").write_text(
        ",echonest,echonest,echonest\n,audio_features,audio_features,metadata\n,energy,tempo,artist_name\ntrack_id,,,\n"
        "2,0.63,165.9,S\n5,0.4,126.9,S\n"
    )
    names = [
        ("spectral_centroid", "01"),
        ("spectral_bandwidth", "01"),
        ("spectral_rolloff", "01"),
        ("zcr", "01"),
    ]
    names += [("mfcc", f"{k:02d}") for k in range(1, 21)] + [("chroma_cqt", f"{k:02d}") for k in range(1, 13)]
    index = pd.MultiIndex.from_tuples(
        [(f, "mean", n) for f, n in names], names=["feature", "statistics", "number"]
    )
    values = np.arange(1.0, 2 * len(names) + 1).reshape(2, -1) / 100
    pd.DataFrame(values, index=pd.Index([2, 5], name="track_id"), columns=index).to_csv(
        folder / "features.csv"
    )


def test_free_music_archive(tmp_path):
    write_fma(tmp_path)
    echonest = convert_catalog(tmp_path / "echonest.csv")
    assert echonest.format == "fma"
    row = echonest.catalog.tracks.iloc[0]
    assert (row["id"], row["title"], row["artist"], row["energy"], row["genre"]) == (
        "2",
        "Food",
        "Someone",
        0.63,
        "Hip-Hop",
    )
    features = convert_catalog(tmp_path / "features.csv").catalog
    assert features.feature_names == ("centroid",)
    assert features.tracks[[f"chroma_{k}" for k in range(12)]].sum(axis=1).tolist() == pytest.approx([1, 1])
    assert features.tracks["mfcc_19"].iloc[0] == pytest.approx(0.24)
    everything = convert_catalog(tmp_path / "tracks.csv").catalog
    assert everything.feature_names == ("tempo", "energy", "centroid")
    assert list(everything.tracks["title"]) == ["Food", "This World"]
    assert list(everything.tracks["album_type"]) == ["Album", "Album"]


def test_free_music_archive_without_features_is_refused(tmp_path):
    write_fma(tmp_path)
    (tmp_path / "echonest.csv").unlink()
    (tmp_path / "features.csv").unlink()
    with pytest.raises(UserError, match=r"put features\.csv or echonest\.csv"):
        convert_catalog(tmp_path / "tracks.csv")


@pytest.mark.parametrize(
    "text",
    [
        "id,album,album,tempo,title\n1,x,y,120,t\n",
        ",album,album,tempo,title\n0,x,y,120,title\n",
        "feature,album,tempo,title\n1,x,120,t\n",
        "id,echonest,echonest,tempo,title\n1,x,y,120,t\n",
        "feature,tempo\n",
    ],
)
def test_a_table_with_names_of_the_free_music_archive_is_not_of_it(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    assert detect_format(tmp_path / "a.csv", read_header(text.split("\n"), 2).rows) == "spotify"
    with pytest.raises(UserError, match="does not have the header rows of the Free Music Archive"):
        convert_catalog(tmp_path / "a.csv", format="fma")


def test_two_columns_of_one_name_are_both_kept(tmp_path):
    tracks = converted(tmp_path, "id,album,album,tempo\n1,x,y,120\n").catalog.tracks
    assert tracks[["album", "album.1"]].iloc[0].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "energy", "scale"),
    [
        ("energy\n7\n1\n10\n", [0.7, 0.1, 1.0], 10),
        ("energy\n2\n2\n2\n", [0.2, 0.2, 0.2], 10),
        ("energy\n7\n1\n11\n", [0.07, 0.01, 0.11], 100),
        ("energy,valence\n7,80\n1,20\n10,30\n", [0.07, 0.01, 0.10], 100),
        ("energy\n7.5\n1.5\n9.5\n", [0.075, 0.015, 0.095], 100),
        ("energy\n0\n1\n1\n", [0, 1, 1], None),
        ("energy\n0.7\n0.1\n1\n", [0.7, 0.1, 1], None),
    ],
)
def test_levels_up_to_10_and_percentages_are_told_apart(tmp_path, text, energy, scale):
    conversion = converted(tmp_path, text)
    assert conversion.catalog.tracks["energy"].tolist() == pytest.approx(energy)
    remark = f"energy converted from the range 0 to {scale} to 0 to 1"
    assert (remark in conversion.remarks) == (scale is not None)


def test_million_song_csv(tmp_path):
    path = tmp_path / "SongCSV.csv"
    path.write_text(
        "SongNumber,SongID,AlbumName,ArtistName,Danceability,Duration,KeySignature,Tempo,Title,Year\n"
        "1,b'SOMZ',b'Fear',b'Casual',0,218.9,1,92.198,b\"I Didn't\",0\n"
    )
    conversion = convert_catalog(path)
    row = conversion.catalog.tracks.iloc[0]
    assert conversion.format == "million-song-csv"
    assert (row["id"], row["title"], row["artist"], row["key"]) == ("SOMZ", "I Didn't", "Casual", 1)
    assert np.isnan(row["year"])


def write_million_song(path):
    with h5py.File(path, "w") as file:
        text = [(name, "S8") for name in ("song_id", "title", "artist_name", "artist_mbid", "release")]
        songs = [
            (b"SO1", b"Title", "Bj\xf6rk".encode(), b"m1", b"Album"),
            (b"SO2", b"Other", b"B", b"m2", b""),
        ]
        numbers = ("duration", "tempo", "loudness", "key", "mode", "energy", "danceability", "time_signature")
        kinds = [(name, "f8") for name in numbers] + [("track_id", "S4"), ("idx_bars_start", "i4")]
        file["metadata/songs"] = np.array(songs, dtype=text)
        file["analysis/songs"] = np.array(
            [
                (200.0, 120.0, -8.0, 2, 1, 0, 0, 4, b"TR1", 0),
                (9.0, 0.0, -70.0, 14, 0, 0, 0, 3, b"TR2", 5),
            ],
            dtype=kinds,
        )
        file["musicbrainz/songs"] = np.array([(1997,), (0,)], dtype=[("year", "i4")])


def test_million_song_hdf5(tmp_path):
    write_million_song(tmp_path / "a.h5")
    conversion = convert_catalog(tmp_path / "a.h5")
    assert conversion.format == "million-song"
    assert conversion.catalog.feature_names == ("tempo", "loudness", "mode")
    tracks = conversion.catalog.tracks.set_index("id")
    assert tuple(tracks.loc["SO1", ["title", "artist", "album", "key", "year"]]) == (
        "Title", "Bj\xf6rk", "Album", 2, 1997,
    )  # fmt: skip
    assert tracks.loc["SO2", ["tempo", "key", "year"]].isna().all()
    assert conversion.extra == ("artist_mbid", "time_signature", "msd_track_id")
    assert list(tracks["msd_track_id"]) == ["TR1", "TR2"]
    remarks = "\n".join(conversion.remarks)
    for sentence in (
        "tempo 0 means unknown: 1 row (row 2)",
        "key outside 0 to 11, set to unknown: 1 row (row 2)",
        "energy is always 0, set to unknown",
        "danceability is always 0, set to unknown",
    ):
        assert sentence in remarks


def test_other_hdf5_is_refused(tmp_path):
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["data"] = np.zeros(3)
    with pytest.raises(UserError, match="not a file of the Million Song Dataset"):
        convert_catalog(tmp_path / "b.h5")


def converted(folder, text, **options):
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return convert_catalog(path, **options)


def test_ids_are_text_and_shortened_only_if_they_are_addresses_of_tracks(tmp_path):
    ids = [
        "000000", "0", "1e5", "100000", "1234567890123456", "1234567890123457", "a:1", "b:1",
        "spotify:track:abc", "https://open.spotify.com/track/def?si=1", "spotify:local:A:B:C:201",
        "spotify:local:X:Y:Z:201", "",
    ]  # fmt: skip
    conversion = converted(tmp_path, "track_id,tempo\n" + "".join(f"{name},120\n" for name in ids))
    assert list(conversion.catalog.ids) == [*ids[:8], "abc", "def", *ids[10:12], "row-12"]
    assert conversion.remarks == ("id is empty, replaced by the number of the row: 1 row (line 14)",)


def test_a_repeated_id_with_another_title_gets_another_remark(tmp_path):
    conversion = converted(tmp_path, "track_id,title,tempo\na,x,120\na,x,120\na,y,120\n")
    assert len(conversion.catalog) == 1
    assert conversion.remarks == (
        "repeated id (another playlist?), first row kept: 1 row (line 3)",
        "repeated id with another title or artist, first row kept: 1 row (line 4)",
    )


def test_any_cell_may_be_empty(tmp_path):
    header = "track_id,title,artist,album,genre,year,duration_ms,key,mode,tempo,energy,loudness,explicit"
    cells = ["t{}", "x", "y", "z", "g", "2000", "200000", "5", "1", "120", "0.5", "-8", "false"]
    rows = [",".join(cell if k != row else "" for k, cell in enumerate(cells)) for row in range(len(cells))]
    text = "\n".join([header, *(row.format(k) for k, row in enumerate(rows))])
    tracks = converted(tmp_path, text).catalog.tracks
    assert len(tracks) == len(cells)
    columns = [
        "id",
        "title",
        "artist",
        "album",
        "genre",
        "year",
        "duration",
        "key",
        "mode",
        "tempo",
        "energy",
    ]
    for row, name in enumerate(columns[1:], start=1):
        empty = [value == "" or value != value for value in tracks[name]]
        assert empty == [k == row for k in range(len(cells))], name


def test_titles_that_look_like_numbers_or_unknown_values_stay(tmp_path):
    names = ["1979", "311", "NA", "None", "null", "N/A", "7.50", "", "true"]
    conversion = converted(tmp_path, "title,artist,tempo\n" + "".join(f"{n},{n},120\n" for n in names))
    assert list(conversion.catalog.tracks["title"]) == list(conversion.catalog.tracks["artist"]) == names


def test_every_value_that_becomes_unknown_has_a_remark(tmp_path):
    conversion = converted(
        tmp_path,
        "id,tempo,key,mode,year,duration,energy\na,120,H lydian,dorian,soon,long,NA\n"
        "b,0,12,2,0,-5,inf\nc,90,1.5,0.5,99,3:4:5:6,7 of 9\nd,90,8A,1,2000,3:00,0.5\n",
    )
    assert (
        conversion.catalog.tracks.iloc[:3][["key", "mode", "year", "duration", "energy"]]
        .isna()
        .to_numpy()
        .all()
    )
    assert set(conversion.remarks) == {
        "tempo 0 means unknown: 1 row (line 3)",
        "key is not a number, set to unknown: 1 row (line 2)",
        "key outside 0 to 11, set to unknown: 1 row (line 3)",
        "key is not a whole number, set to unknown: 1 row (line 4)",
        "mode is not a number, set to unknown: 1 row (line 2)",
        "mode outside 0 to 1, set to unknown: 1 row (line 3)",
        "mode is not a whole number, set to unknown: 1 row (line 4)",
        "mode is not that of the key, which is used: 1 row (line 5)",
        "year is not a number, set to unknown: 1 row (line 2)",
        "year 0 means unknown: 1 row (line 3)",
        "year outside 1000 to 2100, set to unknown: 1 row (line 4)",
        "duration is not a number, set to unknown: 2 rows (lines 2, 4)",
        "duration outside 0 or more, set to unknown: 1 row (line 3)",
        "energy is a word for unknown: 1 row (line 2)",
        "energy is not a number, set to unknown: 2 rows (lines 3, 4)",
    }


def test_rows_that_do_not_fit_are_left_out_and_lines_are_those_of_the_file(tmp_path):
    conversion = converted(
        tmp_path, 'id,title,tempo\na,"Two\nLines",120\n\nb,x,,130\nc,x,0\nd,x\ne,x,90\nf,x,99\n'
    )
    assert list(conversion.catalog.ids) == list("acef")
    assert conversion.catalog.tracks["title"].iloc[0] == "Two Lines"
    assert conversion.remarks == (
        "not 3 cells as in the header, left out: 2 rows (lines 5, 7)",
        "title repaired (encoding, escapes or line ends): 1 row (line 2)",
        "tempo 0 means unknown: 1 row (line 6)",
    )


def test_keys_state_the_mode_where_no_column_does(tmp_path):
    conversion = converted(tmp_path, "id,bpm,key\na,120,8A\nb,120,F# minor\nc,120,C\nd,120,\n")
    tracks = conversion.catalog.tracks
    assert tracks["key"].tolist()[:3] == [9, 6, 0]
    assert tracks["mode"].tolist()[:2] == [0, 0]
    assert tracks["mode"][2:].isna().all()


def test_units_behind_numbers_are_read(tmp_path):
    conversion = converted(tmp_path, "id,energy,tempo,loudness\na,63%,120 BPM,-7.8 dB\nb,9 %,90bpm,-9 LUFS\n")
    tracks = conversion.catalog.tracks
    assert tracks["energy"].tolist() == [0.63, 0.09]
    assert tracks["tempo"].tolist() == [120, 90]
    assert tracks["loudness"].tolist() == [-7.8, -9]
    assert conversion.remarks == ("energy in percent, converted to 0 to 1: 2 rows (lines 2, 3)",)


@pytest.mark.parametrize(
    ("name", "cell", "seconds"),
    [
        ("durationSec", "3000", 3000), ("TrackDurationSeconds", "200", 200),
        ("Track Length (s)", "7200", 7200),
        ("Duration in milliseconds", "3000", 3), ("Duration [msec]", "3000", 3), ("length_min", "2.5", 150),
        ("Playtime", "200", 200), ("Duration (mm:ss)", "3:45", 225), ("Length (h:mm:ss)", "0:03:45", 225),
    ],
)  # fmt: skip
def test_names_of_columns_with_durations(tmp_path, name, cell, seconds):
    path = tmp_path / "songs.csv"
    path.write_text(f"title,{name},tempo\nx,{cell},120\n", encoding="utf-8")
    assert convert_catalog(path).catalog.tracks["duration"].tolist() == [seconds]


@pytest.mark.parametrize("mu", ["\u00b5", "\u03bc"])
def test_microseconds_are_not_taken_for_seconds(tmp_path, mu):
    path = tmp_path / "songs.csv"
    path.write_text(f"title,Duration ({mu}s),tempo\nx,180000000,120\n", encoding="utf-8")
    conversion = convert_catalog(path)
    assert "duration" not in conversion.catalog.tracks
    assert conversion.extra == (f"Duration ({mu}s)",)


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xff\xfe\n\0"])
def test_an_empty_file_is_called_empty(tmp_path, content):
    path = tmp_path / "songs.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"songs.csv' is empty; choose a table"):
        convert_catalog(path)


def test_other_columns_become_numbers_only_if_nothing_is_lost(tmp_path):
    text = "id,tempo,count,share,isrc,flag,words\na,120,1,0.5,007,true,x\nb,120,2,,12,FALSE,1\n"
    tracks = converted(tmp_path, text).catalog.tracks
    assert tracks["count"].tolist() == [1, 2]
    assert tracks["share"].tolist()[0] == 0.5
    assert tracks["share"].isna().tolist() == [False, True]
    assert tracks["isrc"].tolist() == ["007", "12"]
    assert tracks["flag"].tolist() == [True, False]
    assert tracks["words"].tolist() == ["x", "1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,tempo\n", "has a header but no tracks"),
        ("id,🔥,tempo\n", "has a header but no tracks"),
        ("id,tempo\na,fast\nb,slow\n", r"No cell in the columns tempo .* \(tempo is not a number"),
        ("id,tempo\na,\n", "all cells are empty"),
    ],
)
def test_tables_without_a_feature_are_refused_with_the_reason(tmp_path, text, reason):
    with pytest.raises(UserError, match=reason):
        converted(tmp_path, text)


def test_a_table_without_feature_columns_names_them(tmp_path):
    with pytest.raises(UserError, match="has none of the columns tempo, loudness, energy"):
        converted(tmp_path, "id,colour\na,red\n", format="spotify")


def test_other_tables_unknown_formats_and_missing_files_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("name,colour\nx,red\n")
    with pytest.raises(UserError, match=r"format of .* is not known, .*set --format to one of: spotify"):
        convert_catalog(tmp_path / "a.csv")
    with pytest.raises(UserError, match="did you mean 'spotify'"):
        convert_catalog(tmp_path / "a.csv", format="spotfy")
    Catalog.synthetic(20).save(tmp_path / "a.parquet")
    with pytest.raises(UserError, match="is a Parquet file, not a table of text"):
        convert_catalog(tmp_path / "a.parquet", format="spotify")
    with pytest.raises(UserError, match="There is no file"):
        convert_catalog(tmp_path / "b.csv")
    with pytest.raises(UserError, match="There is no file"):
        convert_catalog(tmp_path / ("x" * 300))
    with pytest.raises(UserError, match="is a folder; choose a file to convert"):
        convert_catalog(tmp_path)
    with pytest.raises(UserError, match="Unknown format None; expected one of: auto, "):
        convert_catalog(tmp_path / "a.csv", format=None)
    with pytest.raises(UserError, match=r"a.csv' is not a segue catalogue; leave out --format"):
        convert_catalog(tmp_path / "a.csv", format="segue")
    pd.DataFrame({"tempo": [100.0]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(UserError, match="not a segue catalogue; save its table as CSV"):
        convert_catalog(tmp_path / "plain.parquet")


def test_a_segue_catalogue_is_read_unchanged(tmp_path):
    catalog = Catalog.synthetic(20)
    conversion = convert_catalog(catalog.save(tmp_path / "x.parquet"))
    assert (conversion.format, conversion.remarks, conversion.extra) == ("segue", (), ())
    pd.testing.assert_frame_equal(conversion.catalog.tracks, catalog.tracks)
