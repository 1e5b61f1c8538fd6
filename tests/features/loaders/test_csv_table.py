"""Tables of text: separators, encodings, quotation marks, rows that do not fit, and line numbers."""

import gzip

import pytest

from segue.features import UserError
from segue.features.loaders.csv_table import read_table
from segue.features.loaders.decode import read_lines


def write(folder, text, encoding="utf-8"):
    path = folder / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(folder, text, encoding="utf-8"):
    path = write(folder, text, encoding)
    table = read_table(path, read_lines(path))
    return table.cells.to_dict("list"), table.lines.tolist(), table.left_out


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_line_ends_and_encodings(tmp_path, separator, encoding, line_end):
    text = line_end.join(separator.join(row) for row in (("id", "name"), ("a", "Für Elise"), ("b", "x")))
    assert read(tmp_path, text, encoding) == ({"id": ["a", "b"], "name": ["Für Elise", "x"]}, [2, 3], {})


def test_lines_in_two_encodings(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes("id,name\na,Für\n".encode() + "b,Für\n".encode("latin-1"))
    assert read_table(path, read_lines(path)).cells["name"].tolist() == ["Für", "Für"]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\n\nsep=;"])
def test_excel_declares_the_separator(tmp_path, first):
    cells, lines, _ = read(tmp_path, f"{first}\nid;a, b\n1;x,y\n")
    assert cells == {"id": ["1"], "a, b": ["x,y"]}
    assert lines == [first.count("\n") + 3]


def test_a_declared_separator_that_the_header_does_not_have_is_passed_over(tmp_path):
    assert read(tmp_path, "sep=;\nid,name\n1,x\n") == ({"id": ["1"], "name": ["x"]}, [3], {})


def test_cells_are_text_as_it_is_written(tmp_path):
    words = ["000000", "1e5", "1234567890123456", "NA", "None", "1979", "1.0", "", "true"]
    cells, _, _ = read(tmp_path, "id,x\n" + "".join(f"{word},.\n" for word in words))
    assert cells["id"] == words


def test_rows_that_do_not_fit_the_header_are_left_out_with_their_line(tmp_path):
    text = 'id,name,tempo\na,x,1\nb,,x,2\n\nc,"two\nlines",3\nd,4\n,,\ne,x,5\nf,x,6\n'
    cells, lines, left_out = read(tmp_path, text)
    assert cells == {"id": list("acef"), "name": ["x", "two\nlines", "x", "x"], "tempo": ["1", "3", "5", "6"]}
    assert lines == [2, 5, 9, 10]
    assert left_out == {"not 3 cells as in the header, left out": [3, 7], "empty, left out": [8]}


def test_a_quotation_mark_that_is_not_closed_takes_in_no_further_rows(tmp_path):
    text = 'id,name,tempo\na,"Heroes,1\nb,x,2\nc,"y",3\nd,z",4\ne,"Low" live,5\n'
    cells, _, _ = read(tmp_path, text)
    assert cells == {
        "id": list("abcde"),
        "name": ['"Heroes', "x", "y", 'z"', '"Low" live'],
        "tempo": ["1", "2", "3", "4", "5"],
    }


def test_separators_at_the_end_of_all_lines_are_no_column(tmp_path):
    assert read(tmp_path, "id,name,,\na,x,,\nb,y,,\n")[0] == {"id": ["a", "b"], "name": ["x", "y"]}
    assert read(tmp_path, "id,name,,\na,x\nb,y\n")[0] == {"id": ["a", "b"], "name": ["x", "y"]}


def test_a_space_after_each_separator_is_no_part_of_the_cells(tmp_path):
    cells, _, left_out = read(tmp_path, 'id, name, tempo\n1, "x, y", 2\n3, z, 4\n5, z,, 6\n')
    assert cells == {"id": ["1", "3"], "name": ["x, y", "z"], "tempo": ["2", "4"]}
    assert left_out == {"not 3 cells as in the header, left out": [4]}


def test_columns_with_the_same_name_or_none_are_kept_apart(tmp_path):
    cells, _, _ = read(tmp_path, ",x,x,\n1,2,3,4\n")
    assert cells == {"Unnamed: 0": ["1"], "x": ["2"], "x.1": ["3"], "Unnamed: 3": ["4"]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,name\n", "has a header but no tracks"),
        ("id,name\n\n , \n", "has a header but no tracks"),
        ("id,name\n1,a,b\n2,c,d\n", "2 of 2 rows of .* have 3 cells, but its header has 2"),
        ("", "no tracks"),
    ],
)
def test_tables_without_fitting_rows_are_refused(tmp_path, text, reason):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"id,name\n1,a\n" * 100, mtime=0)[:40], "cannot be read"),
        (b"PK\x03\x04\x14\x00", "is an Excel workbook or ZIP archive"),
    ],
)
def test_damaged_and_other_files_are_refused(tmp_path, data, reason):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(UserError, match=reason):
        read_lines(path)
