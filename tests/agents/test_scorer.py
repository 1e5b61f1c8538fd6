import numpy as np
import pytest
import torch as th
from hypothesis import given
from hypothesis import strategies as st

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.features.errors import UserError

OBSERVED = ObservationSpec(
    ("tempo", "energy", "valence"),
    ("tempo", "energy_step"),
    (0.0, 0.5),
    (("progress", 1), ("liked_mean", 3), ("disliked_mean", 3), ("heard_mean", 3)),
)
SHAPES = [{}, {"interactions": ()}, {"hidden": (16,)}, {"attention_heads": 2}, {"outputs": 3}]
OF_SESSION = ("context",)
SHAPES += [{"time_basis": 4}, {"soft_clusters": 3}, {"use_session_estimates": True}]


def observation(batch, pool, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"candidates": (batch, pool, 3), "transitions": (batch, pool, 2), "context": (batch, 10)}
    shapes["session_estimates"] = (batch, pool, 8)
    tensors = {key: th.from_numpy(rng.random(shape, np.float32)) for key, shape in shapes.items()}
    available = rng.random((batch, pool)) < 0.7
    available[:, 0] = True
    return {**tensors, "available": th.from_numpy(available.astype(np.float32))}


@pytest.fixture(params=SHAPES, ids=str)
def scorer(request):
    th.manual_seed(0)
    made = CandidateScorer(OBSERVED, ScorerSettings(**{"hidden": (16, 8), **request.param}))
    th.nn.init.normal_(made.score.weight)  # at the start all scores are nearly 0
    return made.eval()


def permuted(seen, order):
    return {key: value if key in OF_SESSION else value[:, order] for key, value in seen.items()}


def test_another_order_of_the_pool_reorders_the_scores_and_nothing_else(scorer):
    @given(st.permutations(range(7)), st.integers(0, 5))
    def check(order, seed):
        seen = observation(3, 7, seed)
        scores, values = scorer(seen)
        moved_scores, moved_values = scorer(permuted(seen, order))
        th.testing.assert_close(moved_scores, scores[:, order])
        th.testing.assert_close(moved_values, values)

    check()


def test_unused_entries_change_nothing(scorer):
    seen = observation(4, 6)
    padded = {key: value if key in OF_SESSION else pad(value, 5) for key, value in seen.items()}
    scores, values = scorer(seen)
    more_scores, more_values = scorer(padded)
    th.testing.assert_close(more_scores[:, :6], scores)
    th.testing.assert_close(more_values, values)


def pad(value, entries):
    return th.cat([value, th.zeros(value.shape[0], entries, *value.shape[2:])], dim=1)


def test_one_candidate_a_session_scores_as_it_does_in_its_pool(scorer):
    seen = observation(5, 6)
    slots = th.tensor([0, 5, 2, 2, 1])
    th.testing.assert_close(scorer.outputs_at(seen, slots).mean(-1), scorer.scores(seen)[th.arange(5), slots])


def test_a_session_without_candidates_is_finite(scorer):
    seen = observation(2, 4)
    seen["available"][0] = 0.0
    scores, values = scorer(seen)
    assert th.isfinite(scores).all()
    assert th.isfinite(values).all()


def test_the_liked_direction_multiplies_the_candidate(scorer):
    """Two candidates may swap places when the listener's liking turns round."""
    if not scorer.settings.interactions:
        pytest.skip("no directions")
    seen = observation(1, 2)
    turned = {key: value.clone() for key, value in seen.items()}
    turned["context"][:, 1:4] = 1.0 - turned["context"][:, 1:4]
    difference = scorer.scores(seen).diff() - scorer.scores(turned).diff()
    assert abs(difference.item()) > 1e-4


def test_a_moment_is_nearest_at_its_own_time_and_far_from_its_neighbours():
    made = CandidateScorer(OBSERVED, ScorerSettings(time_basis=3))
    context = th.zeros(2, 10)
    context[:, 0] = th.tensor([0.5, 0.875])
    th.testing.assert_close(made._timed(context)[:, 10:], th.tensor([[0.0, 1.0, 0.0], [0.0, 0.25, 0.75]]))


def test_a_candidate_sees_how_many_of_its_kind_are_played_and_left():
    made = CandidateScorer(OBSERVED, ScorerSettings(soft_clusters=2))
    assert made.soft_cluster is not None
    th.nn.init.zeros_(made.soft_cluster.weight)
    made.soft_cluster.weight.data[:, 0] = th.tensor(
        [50.0, -50.0]
    )  # fast tracks are one kind, slow ones the other
    fast, slow = [0.9, 0.5, 0.5], [0.1, 0.5, 0.5]
    seen = {
        "candidates": th.tensor([[fast, fast, slow, fast, [0.0, 0.0, 0.0]]]),
        "available": th.tensor([[0.0, 0.0, 1.0, 1.0, 0.0]]),
    }
    played, left = made._cluster_counts(made.soft_cluster, seen)
    th.testing.assert_close(played[0, :4].sum(-1), th.tensor([2.0, 2.0, 0.0, 2.0]) / 5.0)
    th.testing.assert_close(left[0, :4].sum(-1), th.tensor([1.0, 1.0, 1.0, 1.0]) / 10.0)


def test_a_block_that_is_not_there_is_named():
    with pytest.raises(UserError, match="liked_men"):
        CandidateScorer(OBSERVED, ScorerSettings(interactions=("liked_men",)))


@pytest.mark.parametrize("part", ["candidates", "transitions", "liked_mean"])
def test_what_it_is_blind_to_changes_nothing(part):
    th.manual_seed(0)
    made = CandidateScorer(OBSERVED, ScorerSettings(hidden=(16, 8), ablate=(part,))).eval()
    th.nn.init.normal_(made.score.weight)
    seen, other = observation(3, 5, seed=1), observation(3, 5, seed=2)
    if part in seen:
        changed = {**seen, part: other[part]}
    else:
        context, where = seen["context"].clone(), OBSERVED.context_slice(part)
        context[:, where] = other["context"][:, where]
        changed = {**seen, "context": context}
    for before, after in zip(made(seen), made(changed), strict=True):
        assert th.equal(before, after)
    rest = {**changed, "context": other["context"], "transitions": other["transitions"]}
    assert not th.equal(made(seen)[0], made(rest)[0])


def test_blindness_to_nothing_there_or_to_what_a_memory_reads_is_refused():
    with pytest.raises(UserError, match="no block 'mood'"):
        CandidateScorer(OBSERVED, ScorerSettings(ablate=("mood",)))
    with pytest.raises(UserError, match="memory reads the whole context"):
        CandidateScorer(OBSERVED, ScorerSettings(ablate=("liked_mean",), memory=4))
    with pytest.raises(UserError, match="use_session_estimates"):
        CandidateScorer(OBSERVED, ScorerSettings(ablate=("candidates",), use_session_estimates=True))
