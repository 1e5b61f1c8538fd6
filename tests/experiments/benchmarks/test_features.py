"""The benchmark of the audio analysis: its synthesised pieces and its measures."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.ndimage import uniform_filter1d

from segue.experiments.benchmarks import features as benchmark_features
from segue.experiments.benchmarks.synthetic_audio.measures import accuracy_table, measure
from segue.experiments.benchmarks.synthetic_audio.pieces import DRUMS, TIMBRES, specs
from segue.experiments.benchmarks.synthetic_audio.truth import Truth, read_truth, synthetic_pieces
from segue.features import UserError

BEATS = np.arange(0.5, 30, 0.5)


def truth(path, **changes):
    known = {"bpm": 120.0, "beats": BEATS, "tonic": 0, "mode": "major", "intro_end": 8.0, "outro_start": 25.0}
    return Truth(path, "a", **(known | changes))


def found(**changes):
    right = {"tempo": 120.0, "beats": BEATS, "key": 0, "mode": 1, "intro_end": 9.0, "outro_start": 24.0}
    return right | changes


def test_a_correct_estimate_scores_one_in_every_measure(tmp_path):
    assert set(measure(truth(tmp_path), found()).values()) == {1.0}


@pytest.mark.parametrize(
    ("changes", "scores"),
    [
        ({"key": 9, "mode": 0}, {"key_weighted": 0.3, "key_exact": 0}),  # relative minor
        ({"key": 7}, {"key_weighted": 0.5, "key_exact": 0}),  # a fifth above
        ({"key": np.nan}, {"key_weighted": 0, "key_exact": 0}),
        ({"tempo": 60.0}, {"tempo_1": 0, "tempo_2": 1}),
        ({"tempo": 80.0}, {"tempo_1": 0, "tempo_2": 0}),
        ({"tempo": 123.0}, {"tempo_1": 1, "tempo_2": 1, "tempo_exact": 0}),
        ({"tempo": np.nan}, {"tempo_1": 0, "tempo_2": 0}),
        ({"beats": BEATS + 0.25}, {"beat_f": 0, "beat_amlt": 1}),  # between the beats: allowed by AMLt
        ({"beats": np.zeros(0)}, {"beat_f": 0, "beat_amlt": 0}),
        ({"intro_end": 12.0, "outro_start": np.nan}, {"intro": 0, "outro": 0}),
    ],
)
def test_wrong_estimates_score_as_in_mir_eval(tmp_path, changes, scores):
    measured = measure(truth(tmp_path), found(**changes))
    assert {name: measured[name] for name in scores} == pytest.approx(scores, abs=0.02)


def test_a_method_without_intro_estimates_is_not_measured_on_them(tmp_path):
    findings = {name: value for name, value in found().items() if name not in ("intro_end", "outro_start")}
    scores = measure(truth(tmp_path), findings)
    assert np.isnan([scores["intro"], scores["outro"]]).all()
    assert scores["key_exact"] == 1


def test_unknown_truth_is_not_counted(tmp_path):
    unknown = truth(tmp_path, bpm=np.nan, beats=np.zeros(0), tonic=-1, intro_end=np.nan, outro_start=np.nan)
    assert np.isnan(list(measure(unknown, found()).values())).all()
    table = accuracy_table(
        [unknown, truth(tmp_path)], {"m": [measure(unknown, found()), measure(truth(tmp_path), found())]}
    )
    assert table.loc[("m", "all"), "tempo accuracy 1"] == 1
    assert table.loc[("m", "all"), "pieces"] == 2


def test_synthetic_pieces_cover_all_keys_timbres_and_drum_patterns():
    drawn = list(specs(120))
    assert len({(spec.key, spec.mode) for spec in drawn}) == 24
    assert {spec.timbre for spec in drawn} == set(TIMBRES)
    assert {spec.drums for spec in drawn} == set(DRUMS)
    tempi = [spec.tempo for spec in drawn]
    assert 60 <= min(tempi) < 65
    assert 180 < max(tempi) <= 190


def test_synthetic_pieces_are_loudest_on_their_beats(tmp_path):
    for piece in synthetic_pieces(3, tmp_path):
        samples, rate = soundfile.read(piece.path)
        power = uniform_filter1d(samples**2, rate // 50)
        at = (piece.beats * rate).astype(int)
        assert power[at + rate // 25].mean() > 1.5 * power[at - rate // 25].mean()


def test_a_folder_with_a_table_is_measured_and_printed(tmp_path, capsys):
    (piece,) = synthetic_pieces(1, tmp_path)
    np.savetxt(tmp_path / "beats.txt", piece.beats)
    row = {"path": piece.path.name, "set": "annotated", "bpm": piece.bpm, "beats_file": "beats.txt"}
    pd.DataFrame([row | {"key_tonic": piece.tonic, "mode": piece.mode}]).to_csv(tmp_path / "ground_truth.csv")
    arguments = ["--pieces", "1", "--truth", str(tmp_path), "--no-baseline", "--no-speed"]
    benchmark_features.main(arguments)
    printed = capsys.readouterr().out
    assert "annotated" in printed
    assert "BPM within 0.5 %" in printed
    assert "3341-5" in printed


def test_a_folder_without_a_table_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"ground_truth\.csv"):
        read_truth(tmp_path)
    (tmp_path / "ground_truth.csv").write_text("path,bpm\na.wav,100\n")
    with pytest.raises(UserError, match="lacks the columns set, beats_file"):
        read_truth(tmp_path)


def test_loudness_readings_are_within_the_tolerance():
    assert benchmark_features.loudness_errors()["error"].abs().max() < 0.1
