"""Files that are damaged, forged or something else: one sentence, exit code 2, and nothing written."""

import gzip
import json
import os
import zipfile

import pytest

from segue.experiments.logs import read_plays
from segue.features.errors import UserError


@pytest.fixture
def history(entry):
    return json.dumps([entry(f"2021-03-01T12:{minute:02d}:00Z") for minute in range(50)])


def test_a_cut_archive(convert, history, write_zip):
    archive = write_zip("data.zip", {"endsong_0.json": history})
    archive.write_bytes(archive.read_bytes()[:-300])
    assert "not a whole zip archive" in convert.refused(archive)


def test_an_archive_with_a_damaged_member(convert, entry, write_zip):
    content = json.dumps(
        [entry(f"2021-03-01T12:{k % 60:02d}:{k // 60:02d}Z", uri=f"{k:022d}") for k in range(3000)]
    )
    archive = write_zip("data.zip", {"endsong_0.json": content})
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 0xFF
    archive.write_bytes(data)
    assert "cut or damaged" in convert.refused(archive)


def test_a_zip_bomb(convert, write_zip):
    archive = write_zip("data.zip", {"endsong_0.json": b"[" + b" " * 12_000_000})
    assert "expands to more than 200 times" in convert.refused(archive)


def test_a_gzip_bomb(convert, entry, tmp_path):
    file = tmp_path / "endsong_0.json"
    start = json.dumps([entry("2021-03-01T12:00:00Z")])[:-1].encode()
    file.write_bytes(gzip.compress(start + b" " * 12_000_000))
    assert "expands to more than 200 times" in convert.refused(file)


def test_an_archive_with_a_password(convert, history, write_zip):
    archive = write_zip("data.zip", {"endsong_0.json": history})
    data = bytearray(archive.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    archive.write_bytes(data)
    assert "password" in convert.refused(archive)


def test_an_archive_without_logs(convert, write_zip):
    assert "contains no file of a log" in convert.refused(write_zip("data.zip", {"a.pdf": b"%PDF"}))
    assert "format" in convert.refused(write_zip("data.zip", {"a.json": b'{"a": 1}'}))


@pytest.mark.parametrize("end", [-10, -1, 200])
def test_cut_json(end, convert, history, tmp_path):
    (tmp_path / "endsong_0.json").write_text(history[:end], "utf-8")
    refused = convert.refused(tmp_path / "endsong_0.json")
    assert "cut or damaged" in refused or "format" in refused


def test_a_cut_gzip_file(convert, tmp_path):
    file = tmp_path / "log.tsv.gz"
    rows = "".join(f"u\t2009-05-04T13:{k % 60:02d}:00Z\ta\tA\t\t{k * 7919 % 65_537}\n" for k in range(20_000))
    file.write_bytes(gzip.compress(rows.encode())[:-2000])
    assert "cut or damaged" in convert.refused(file)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"[]", "format"),
        (b"[{}]", "format"),
        (b"\0" * 500, "is not text"),
        (b"%PDF-1.4", "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1" + b"x" * 100, "cut or damaged"),
        (b"PK\x03\x04 and nothing else", "not a whole zip archive"),
        (b"a,b\n1,2\n", "format"),
        (b"[" * 100_000, "format"),
    ],
)
def test_files_that_are_no_logs(content, told, convert, tmp_path):
    (tmp_path / "file").write_bytes(content)
    assert told in convert.refused(tmp_path / "file")
    if content:
        assert convert.refused(tmp_path / "file", "--format", "spotify")


@pytest.mark.parametrize(
    "format", ["spotify", "mssd", "yambda", "listenbrainz", "lastfm", "study", "columns"]
)
def test_a_format_that_the_file_does_not_have(format, convert, tmp_path):
    (tmp_path / "file.csv").write_text("a,b\n1,2\n", "utf-8")
    assert convert.refused(tmp_path / "file.csv", "--format", format)


def test_a_wrong_encoding(convert, entry, tmp_path):
    history = [entry(f"2021-03-01T12:{minute:02d}:00Z", track="Größe") for minute in range(10)]
    text = json.dumps(history, ensure_ascii=False)
    (tmp_path / "latin.json").write_text(text, "latin-1")
    assert "not UTF-8" in convert.refused(tmp_path / "latin.json")
    for wide in ("utf-16", "utf-32"):  # the mark of UTF-32 begins with that of UTF-16
        (tmp_path / f"{wide}.json").write_text(text, wide)
        plays, _ = convert(tmp_path / f"{wide}.json")
        assert plays["title"].unique().tolist() == ["Größe"]
    row = "u\t2009-05-04T13:{:02d}:00Z\ta\tBjörk\t\tJóga\n"
    (tmp_path / "log.tsv").write_text("".join(row.format(k) for k in range(20)), "latin-1")
    assert "not UTF-8" in convert.refused(tmp_path / "log.tsv")


def test_files_of_several_formats(convert, history, tmp_path):
    (tmp_path / "endsong_0.json").write_text(history, "utf-8")
    (tmp_path / "log.tsv").write_text("u\t2009-05-04T13:00:00Z\ta\tA\t\tT\n", "utf-8")
    refused = convert.refused(tmp_path / "endsong_0.json", tmp_path / "log.tsv")
    assert "several formats (lastfm, spotify)" in refused


def test_only_podcasts(convert, entry, write_json):
    entries = [entry("2021-03-01T12:00:00Z", episode_name="Talk")] * 3
    refused = convert.refused(write_json("endsong_0.json", entries))
    assert "no plays of music (left out: podcasts: 3)" in refused


def test_arguments_that_are_wrong(convert, history, tmp_path):
    file = tmp_path / "endsong_0.json"
    file.write_text(history, "utf-8")
    assert "There is no file" in convert.refused(tmp_path / "none.json")
    assert "gap" in convert.refused(file, "--gap", "-1")
    assert "gap" in convert.refused(file, "--gap", "nan")
    assert "did you mean 'spotify'" in convert.refused(file, "--format", "spotfy")
    (tmp_path / "empty").mkdir()
    assert "contains no file of a log" in convert.refused(tmp_path / "empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX files")
@pytest.mark.parametrize("name", ["log.json", "log.zip", "log.csv", "log.parquet"])
def test_pipes_devices_and_loops_are_named(convert, tmp_path, name):
    file = tmp_path / name
    os.mkfifo(file)
    assert f"{name}' is not a regular file; name the files" in convert.refused(file)
    file.unlink()
    file.symlink_to("/dev/zero")
    assert f"{name}' is not a regular file; name the files" in convert.refused(file)
    file.unlink()
    file.symlink_to(name)
    assert f"{name}' is a link that leads nowhere; name the files" in convert.refused(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX files")
def test_pipes_among_the_files_of_a_folder_are_passed_over(convert, history, tmp_path):
    folder = tmp_path / "logs"
    (folder / "runs" / "a").mkdir(parents=True)
    os.mkfifo(folder / "runs" / "a" / "plays.parquet")
    os.mkfifo(folder / "endsong_1.json")
    (folder / "loop.json").symlink_to("loop.json")
    assert "contains no file of a log" in convert.refused(folder)
    (folder / "endsong_0.json").write_text(history, "utf-8")
    assert len(convert(folder)[0])


def test_what_is_not_a_table_of_plays_is_named(tmp_path):
    with pytest.raises(UserError, match=r"'\S+' is a folder; choose a table of plays"):
        read_plays(tmp_path)
    with pytest.raises(UserError, match="There is no table of plays"):
        read_plays(tmp_path / "none.parquet")


def test_a_table_whose_first_letters_are_those_of_an_archive(convert, tmp_path):
    (tmp_path / "log.csv").write_text("PKW,t\nx,1600000000\n", "utf-8")
    (tmp_path / "names.yaml").write_text("columns: {track: PKW, time: t}\n", "utf-8")
    assert convert(tmp_path / "log.csv", "--columns", tmp_path / "names.yaml")[0]["track"].tolist() == ["x"]
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    assert "contains no file of a log" in convert.refused(tmp_path / "empty.zip")


def test_an_existing_file_is_kept(convert, history, tmp_path, capsys):
    from segue.experiments.cli import main

    file = tmp_path / "endsong_0.json"
    file.write_text(history, "utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["logs", "convert", str(file), "--out", str(file)])
    assert stopped.value.code == 2
    assert file.read_text("utf-8") == history


def test_members_with_names_that_lead_elsewhere_are_read_and_never_written(convert, history, tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.json", history)
    assert len(convert(path)[0]) == 50
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data.zip", "plays-1.parquet"]
