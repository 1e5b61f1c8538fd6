"""Extraction in several processes and on a cluster, interrupted and resumed."""

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile

from segue.features import Catalog, UserError, extract_folder


def test_processes_give_the_same_catalogue(extracted, music, tmp_path):
    report = extract_folder(music, tmp_path / "cat.parquet", jobs=2, min_duration=0, progress=False)
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_catalogue(extracted, music, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with distributed.LocalCluster(
        1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        report = extract_folder(
            music,
            tmp_path / "cat.parquet",
            min_duration=0,
            scheduler=cluster.scheduler_address,
            progress=False,
        )
    pd.testing.assert_frame_equal(
        Catalog.load(report.catalog).tracks, Catalog.load(extracted.catalog).tracks, check_exact=True
    )
    with pytest.raises(UserError, match="No Dask scheduler answers"):
        extract_folder(music, tmp_path / "b.parquet", scheduler="nowhere", progress=False)


@pytest.mark.parametrize(("how", "jobs"), [(signal.SIGKILL, 2), (signal.SIGINT, 1)])
def test_a_killed_or_interrupted_extraction_resumes(tmp_path, how, jobs):
    folder, out = tmp_path / "music", tmp_path / "cat.parquet"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(24):
        soundfile.write(folder / f"{k:02d}.wav", rng.normal(0, 0.1, 30 * 22050), 22050)
    code = (
        "import sys; from segue.features.extraction.extract import extract_folder; "
        "extract_folder(sys.argv[1], sys.argv[2], jobs=int(sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, str(folder), str(out), str(jobs)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ) as run:
        seen = b""
        # The bar does not show every number: with two processes it may jump from 2 to 4.
        while not re.search(rb" ([3-9]|1\d|20)/24 ", seen):
            chunk = run.stderr.read(1)
            assert chunk, "it ended before it was stopped"
            seen += chunk
        run.send_signal(how)
        # Its workers share its standard error, so this returns only when all of them are gone.
        rest = run.communicate(timeout=60)[1]
    assert not out.exists()
    assert (b"of 24 files are finished and kept in" in rest) == (how == signal.SIGINT)
    report = extract_folder(folder, out, jobs=1, progress=False)
    assert report.tracks == 24
    assert report.computed <= 21
