import numpy as np
import pytest
import torch as th
from hypothesis import given
from hypothesis import strategies as st

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.play_history import DECAYS
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.features.errors import UserError

SPEC = ObservationSpec(
    ("tempo", "energy", "valence"),
    ("tempo", "energy_step"),
    (0.0, 0.5),
    (("progress", 1), ("liked_mean", 3), ("disliked_mean", 3), ("heard_mean", 3)),
    durations=True,
)
SHAPES = [{}, {"interactions": ()}, {"hidden": (16,)}, {"attention_heads": 2}, {"outputs": 3}]
SHAPES += [{"time_basis": 4}, {"soft_clusters": 3}, {"use_session_estimates": True}]
SHAPES += [{"soft_clusters": 3, "play_history": True}]


def observation(batch, pool, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"candidates": (batch, pool, 3), "transitions": (batch, pool, 2), "context": (batch, 10)}
    shapes["session_estimates"] = (batch, pool, 8)
    shapes["plays"] = (batch, pool, len(DECAYS))
    shapes["durations"] = (batch, pool)
    tensors = {key: th.from_numpy(rng.random(shape, np.float32)) for key, shape in shapes.items()}
    available = rng.random((batch, pool)) < 0.7
    available[:, 0] = True
    return {**tensors, "available": th.from_numpy(available.astype(np.float32))}


@pytest.fixture(params=SHAPES, ids=str)
def scorer(request):
    th.manual_seed(0)
    scorer = CandidateScorer(SPEC, ScorerSettings(**{"hidden": (16, 8), **request.param}))
    th.nn.init.normal_(scorer.score_head.weight)  # initial scores are all nearly 0
    return scorer.eval()


def permuted(inputs, order):
    return {key: value if key == "context" else value[:, order] for key, value in inputs.items()}


def test_permuting_the_pool_permutes_the_scores_and_nothing_else(scorer):
    @given(st.permutations(range(7)), st.integers(0, 5))
    def check(order, seed):
        inputs = observation(3, 7, seed)
        scores, values = scorer(inputs)
        moved_scores, moved_values = scorer(permuted(inputs, order))
        th.testing.assert_close(moved_scores, scores[:, order])
        th.testing.assert_close(moved_values, values)

    check()


def test_padding_the_pool_changes_nothing(scorer):
    inputs = observation(4, 6)
    padded = {key: value if key == "context" else pad(value, 5) for key, value in inputs.items()}
    scores, values = scorer(inputs)
    more_scores, more_values = scorer(padded)
    th.testing.assert_close(more_scores[:, :6], scores)
    th.testing.assert_close(more_values, values)


def pad(value, entries):
    return th.cat([value, th.zeros(value.shape[0], entries, *value.shape[2:])], dim=1)


def test_one_candidate_per_session_scores_as_it_does_in_its_pool(scorer):
    inputs = observation(5, 6)
    slots = th.tensor([0, 5, 2, 2, 1])
    th.testing.assert_close(
        scorer.outputs_at(inputs, slots).mean(-1), scorer.scores(inputs)[th.arange(5), slots]
    )


def test_a_session_without_candidates_is_finite(scorer):
    inputs = observation(2, 4)
    inputs["available"][0] = 0.0
    scores, values = scorer(inputs)
    assert th.isfinite(scores).all()
    assert th.isfinite(values).all()


@pytest.mark.parametrize("scorer", [shape for shape in SHAPES if "interactions" not in shape], indirect=True)
def test_interactions_change_differences_between_candidates(scorer):
    """With an additive context, the difference between two candidates would not depend on the liked mean."""
    inputs = observation(1, 2)
    changed = {key: value.clone() for key, value in inputs.items()}
    changed["context"][:, 1:4] = 1.0 - changed["context"][:, 1:4]
    difference = scorer.scores(inputs).diff() - scorer.scores(changed).diff()
    assert abs(difference.item()) > 1e-4


def test_the_time_basis_interpolates_linearly_between_its_centres():
    scorer = CandidateScorer(SPEC, ScorerSettings(time_basis=3))
    context = th.zeros(2, 10)
    context[:, 0] = th.tensor([0.5, 0.875])
    th.testing.assert_close(
        scorer._with_time_basis(context)[:, 10:], th.tensor([[0.0, 1.0, 0.0], [0.0, 0.25, 0.75]])
    )


def test_cluster_counts_are_the_scaled_tracks_of_a_cluster_played_and_left():
    scorer = CandidateScorer(SPEC, ScorerSettings(soft_clusters=2))
    assert scorer.soft_cluster is not None
    th.nn.init.zeros_(scorer.soft_cluster.weight)
    scorer.soft_cluster.weight.data[:, 0] = th.tensor(
        [50.0, -50.0]
    )  # fast tracks form one cluster, slow ones the other
    fast, slow = [0.9, 0.5, 0.5], [0.1, 0.5, 0.5]
    inputs = {
        "candidates": th.tensor([[fast, fast, slow, fast, [0.0, 0.0, 0.0]]]),
        "available": th.tensor([[0.0, 0.0, 1.0, 1.0, 0.0]]),
    }
    shares = scorer.soft_cluster(2.0 * inputs["candidates"] - 1.0)
    played, left = scorer._cluster_counts(shares, inputs).unbind(1)
    th.testing.assert_close(played, th.tensor([[2.0, 0.0]]) / 5.0)
    th.testing.assert_close(left, th.tensor([[1.0, 1.0]]) / 10.0)


def test_the_first_layer_adds_up_what_is_known_of_a_candidate():
    settings = ScorerSettings(hidden=(1,), soft_clusters=2, interactions=("liked_mean",))
    scorer = CandidateScorer(SPEC, settings)
    assert scorer.soft_cluster is not None
    for layer in (scorer.from_context, scorer.soft_cluster):  # equal shares of both clusters
        th.nn.init.zeros_(layer.weight)
        th.nn.init.zeros_(layer.bias)
    # Weights of the tempo, its step, the steps' sizes, the liked energy, both clusters' played and left, and
    # the duration.
    weights = [[1, 0, 0], [10, 0], [100, 1000], [0, 2, 0], [3, 3], [5, 5], [7]]
    scorer.from_candidate.weight.data[0] = th.tensor([w for group in weights for w in group]).float()
    inputs = {
        "candidates": th.tensor([[[0.75, 0.25, 0.5], [0.5, 0.5, 0.5]]]),
        "transitions": th.tensor([[[0.5, 0.25], [0.0, 0.5]]]),
        "available": th.tensor([[1.0, 0.0]]),
        "context": th.tensor([[0.0, 0.5, 1.0, 0.5, *[0.5] * 6]]),
        "durations": th.tensor([[0.75, 0.5]]),
    }
    # Tempo 2 · 0.75 - 1, step 0.5, sizes 0.5 and |0.25 - 0.5|, energy (2 · 0.25 - 1) times (2 · 1 - 1),
    # duration 2 · 0.75 - 1; half of a track of each cluster is played (over 5), and half left (over 10).
    clusters = 2 * 3 * 0.5 * 0.5 / 5 + 2 * 5 * 0.5 * 0.5 / 10
    first = 0.5 + 10 * 0.5 + 100 * 0.5 + 1000 * 0.25 - 2 * 0.5 + 7 * 0.5 + clusters
    layer = scorer._first_layer(inputs, th.zeros(1, settings.embedding))
    th.testing.assert_close(layer[0, :, 0], th.tensor([first, clusters]))


def test_an_unknown_interaction_is_refused():
    with pytest.raises(UserError, match="liked_men"):
        CandidateScorer(SPEC, ScorerSettings(interactions=("liked_men",)))


@pytest.mark.parametrize("part", ["candidates", "transitions", "durations", "liked_mean"])
def test_an_ablated_input_changes_nothing(part):
    th.manual_seed(0)
    scorer = CandidateScorer(SPEC, ScorerSettings(hidden=(16, 8), ablate=(part,))).eval()
    th.nn.init.normal_(scorer.score_head.weight)
    inputs, other = observation(3, 5, seed=1), observation(3, 5, seed=2)
    if part in inputs:
        changed = {**inputs, part: other[part]}
    else:
        context, where = inputs["context"].clone(), SPEC.context_slice(part)
        context[:, where] = other["context"][:, where]
        changed = {**inputs, "context": context}
    for before, after in zip(scorer(inputs), scorer(changed), strict=True):
        assert th.equal(before, after)
    rest = {**changed, "context": other["context"], "transitions": other["transitions"]}
    assert not th.equal(scorer(inputs)[0], scorer(rest)[0])


def test_impossible_ablations_are_refused():
    with pytest.raises(UserError, match="no block 'mood'"):
        CandidateScorer(SPEC, ScorerSettings(ablate=("mood",)))
    with pytest.raises(UserError, match="memory reads the whole context"):
        CandidateScorer(SPEC, ScorerSettings(ablate=("liked_mean",), memory=4))
    with pytest.raises(UserError, match="soft_clusters"):
        CandidateScorer(SPEC, ScorerSettings(play_history=True))
    with pytest.raises(UserError, match="play_history"):
        CandidateScorer(SPEC, ScorerSettings(play_history=True, soft_clusters=2, memory=4))
    with pytest.raises(UserError, match="use_session_estimates"):
        CandidateScorer(SPEC, ScorerSettings(ablate=("candidates",), use_session_estimates=True))
