"""The threads of a batch in a process that was forked."""

import multiprocessing
import os

import numpy as np
import pytest

SLOTS = np.array([3, 1, 4, 1])


def play(env, results):
    results.send(env.step(SLOTS)[1].tolist())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_starts_its_own(small_vector):
    env = small_vector(4, num_threads=2)
    env.reset(seed=0)
    env.step(np.zeros(4, int))
    forking = multiprocessing.get_context("fork")
    received, sent = forking.Pipe(duplex=False)
    child = forking.Process(target=play, args=(env, sent))
    child.start()
    answered = received.poll(60)
    if not answered:
        child.kill()
    child.join()
    assert answered
    assert received.recv() == env.step(SLOTS)[1].tolist()
