"""Tables with faults drawn by hypothesis; `tests/fuzz/tables.py` draws many more."""

import runpy
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "tables.py"))

faults = st.builds(
    FUZZ["Edit"],
    kind=st.sampled_from(FUZZ["KINDS"]),
    row=st.integers(0, FUZZ["ROWS"]),
    column=st.integers(0, len(FUZZ["COLUMNS"]) - 1),
    offset=st.integers(0, 30),
    text=st.sampled_from(FUZZ["STRANGE"]) | st.text(max_size=20),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(faults, max_size=4, unique_by=lambda edit: edit.row),
    separator=st.sampled_from(FUZZ["SEPARATORS"]),
    line_end=st.sampled_from(FUZZ["LINE_ENDS"]),
    encoding=st.sampled_from(FUZZ["ENCODINGS"]),
)
def test_faults_shift_no_row_and_end_in_no_traceback(edits, separator, line_end, encoding, tmp_path):
    FUZZ["check"](edits, separator, line_end, encoding, tmp_path)


def test_a_table_without_faults_is_read_whole(tmp_path):
    assert FUZZ["check"]([], ";", "\r\n", "utf-16", tmp_path) == "read"
