"""The candidate scorer: one small network that is applied to every candidate of a pool.

A candidate's score depends on its own features, the transition to it and the context of the session,
and on other candidates only through the optional attention block and the cluster counts; so the scores are
permutation-equivariant, and one set of weights serves pools of any size and unseen tracks. The architecture
is a deep set (Zaheer et al. 2017): shared candidate layers, and a masked mean over the pool for the value of
the session.
"""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import torch as th
from torch import nn

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.play_history import DECAYS
from segue.agents.networks.soft_clusters import SoftClusters
from segue.features.errors import UserError

Tensors: TypeAlias = Mapping[str, th.Tensor]
_PER_CANDIDATE = ("candidates", "transitions", "available", "durations", "session_estimates", "plays")

PLAYED_SCALE, LEFT_SCALE = 5.0, 10.0
"""Scales of the numbers of tracks of one cluster that have been played, and that are left."""


@dataclass(frozen=True)
class ScorerSettings:
    """The shape of the network."""

    embedding: int = 32
    """Width of the context's embedding."""
    hidden: tuple[int, ...] = (64, 32)
    """Widths of the layers that are applied to every candidate."""
    interactions: tuple[str, ...] = ("liked_mean", "disliked_mean", "heard_mean")
    """Context blocks of F numbers with which a candidate's features are multiplied, feature by feature."""
    outputs: int = 1
    """Outputs per candidate, whose mean is its score: more than one for the quantiles of QR-DQN."""
    memory: int = 0
    """Width of a recurrent memory of the session's contexts; 0 for none."""
    attention_heads: int = 0
    """Heads of a self-attention block over the pool; 0 for none."""
    time_basis: int = 0
    """Triangular basis functions of the session's progress that join the context; 0, or 2 and more."""
    soft_clusters: int = 0
    """Soft clusters of tracks, those of the catalogue in training; a candidate's inputs then include how many
    tracks of its clusters have been played and are left. 0 for none."""
    use_session_estimates: bool = False
    """Whether the inputs include those of `segue.agents.networks.session_estimator`."""
    play_history: bool = False
    """Whether the inputs include those of `segue.agents.networks.play_history`: a candidate's then show how
    much of its soft clusters was heard lately."""
    ablate: tuple[str, ...] = ()
    """Inputs replaced by constants: `candidates`, `transitions`, `durations`, `plays` or blocks of the
    context; for ablations."""

    def to_dict(self) -> dict[str, Any]:
        """Converts it to plain lists and numbers, for saving."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ScorerSettings":
        """Reads settings from a YAML file or a saved agent, with lists where the fields are tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)


class CandidateScorer(nn.Module):
    """Scores candidates, and values sessions.

    Args:
        observation_spec: What the observations hold.
        settings: The shape of the network.
    """

    neutral: th.Tensor

    def __init__(self, observation_spec: ObservationSpec, settings: ScorerSettings) -> None:
        super().__init__()
        self.observation_spec, self.settings = observation_spec, settings
        self._check_inputs()
        self._ablated = self._ablated_blocks()
        self._interactions = [observation_spec.context_slice(name) for name in settings.interactions]
        self._progress = observation_spec.context_slice("progress")
        self.register_buffer("neutral", th.tensor(observation_spec.transition_neutral), persistent=False)
        features, context = len(observation_spec.feature_names), observation_spec.context_size
        first, *rest = settings.hidden
        self.embed = nn.Linear(context + settings.time_basis, settings.embedding)
        self.soft_cluster = SoftClusters(features, settings.soft_clusters) if settings.soft_clusters else None
        # Policies and agents feed it the contexts, and pass its outputs to `forward` as `memory`.
        self.lstm = nn.LSTM(context, settings.memory) if settings.memory else None
        self.from_context = nn.Linear(settings.embedding + settings.memory, first)
        self._input_widths = self._widths_of_inputs()
        self.from_candidate = nn.Linear(sum(self._input_widths), first, bias=False)
        widths = [first, *rest]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.attention = (
            PoolAttention(widths[-1], settings.attention_heads) if settings.attention_heads else None
        )
        self.score_head = nn.Linear(widths[-1], settings.outputs)
        self.value_head = nn.Sequential(
            nn.Linear(widths[-1] + settings.embedding + settings.memory, first),
            nn.ReLU(),
            nn.Linear(first, 1),
        )
        self._initialise()

    def _check_inputs(self) -> None:
        """Refuses inputs that cannot be combined."""
        settings = self.settings
        if settings.play_history and not settings.soft_clusters:
            raise UserError(
                "`play_history` counts plays by soft cluster: set `soft_clusters` to 1 or more, or "
                "`play_history` to false."
            )
        if settings.memory and (settings.play_history or settings.use_session_estimates):
            raise UserError("A recurrent memory excludes `play_history` and `use_session_estimates`.")

    @property
    def _n_counts(self) -> int:
        """Numbers by soft cluster: of the played and the free tracks, and what was heard by decay."""
        return 2 + len(DECAYS) * self.settings.play_history

    def _ablated_blocks(self) -> list[slice]:
        """Finds the blocks of the context to replace, and refuses settings that cannot be combined."""
        ablate = self.settings.ablate
        blocks = [self.observation_spec.context_slice(name) for name in ablate if name not in _PER_CANDIDATE]
        if blocks and self.settings.memory:
            raise UserError("A recurrent memory reads the whole context: `ablate` cannot name a part of it.")
        if ablate and self.settings.use_session_estimates:
            raise UserError(
                "`use_session_estimates` uses the whole observation: `ablate` cannot name a part of it."
            )
        return blocks

    def _widths_of_inputs(self) -> list[int]:
        """Counts the inputs of `from_candidate`, in the order in which `_first_layer` uses their weights."""
        features, clusters = len(self.observation_spec.feature_names), self.settings.soft_clusters
        transitions = len(self.observation_spec.transition_names)
        widths = [features, 2 * transitions, *[features] * len(self._interactions)]
        widths += [clusters] * self._n_counts if clusters else []
        widths += [1] * self.observation_spec.durations
        return widths + [features + 2 * transitions + 1] * self.settings.use_session_estimates

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight, 2**0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # All initial scores are nearly 0: the first policy is uniform and the first Q is flat.
        nn.init.orthogonal_(self.score_head.weight, 0.01)

    def forward(self, observation: Tensors, memory: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """Scores all candidates and values the session.

        Args:
            observation: Float tensors `candidates` (B, K, F), `transitions` (B, K, T), `available`
                (B, K) and `context` (B, C); `durations` (B, K) if they are observed; and `session_estimates`
                (B, K, F + 2 T + 1) and `plays` (B, K, D) if the settings use them.
            memory: Output of `lstm` after the session's contexts so far, (B, memory); zeros by default.

        Returns:
            Scores (B, K), those of masked candidates meaningless, and values (B, 1).
        """
        hidden, context = self._encode(observation, memory)
        available = observation["available"]
        share = available / available.sum(1, keepdim=True).clamp(min=1.0)
        pooled = th.bmm(share.unsqueeze(1), hidden).squeeze(1)
        return self.score_head(hidden).mean(-1), self.value_head(th.cat([pooled, context], dim=1))

    def scores(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """Returns the scores alone, (B, K)."""
        return self.score_head(self._encode(observation, memory)[0]).mean(-1)

    def outputs(self, observation: Tensors) -> th.Tensor:
        """Returns all outputs of each candidate, (B, K, outputs); a score is their mean."""
        return self.score_head(self._encode(observation, None)[0])

    def values(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """Returns the values alone, (B, 1)."""
        return self(observation, memory)[1]

    def outputs_at(self, observation: Tensors, slots: th.Tensor) -> th.Tensor:
        """Returns the outputs of one candidate per session, computing only these where that is possible.

        Args:
            observation: As for `forward`.
            slots: int64 (B,).

        Returns:
            Outputs (B, outputs).
        """
        rows = th.arange(len(slots), device=slots.device)
        if self.attention is not None:
            return self.outputs(observation)[rows, slots]
        if self.settings.ablate:
            observation = self._ablate(observation)
        counts = None
        if self.soft_cluster is not None:
            counts = self._cluster_counts(self._shares(observation), observation)
        single = {k: v[rows, slots].unsqueeze(1) for k, v in observation.items() if k in _PER_CANDIDATE}
        hidden, _ = self._encode({**observation, **single}, None, counts)
        return self.score_head(hidden).squeeze(1)

    def _ablate(self, observation: Tensors) -> Tensors:
        """Replaces the inputs named in `ablate` by constants."""
        changed = dict(observation)
        if "candidates" in self.settings.ablate:
            changed["candidates"] = th.full_like(changed["candidates"], 0.5)
        if "durations" in self.settings.ablate and self.observation_spec.durations:
            changed["durations"] = th.full_like(changed["durations"], 0.5)
        if "plays" in self.settings.ablate and self.settings.play_history:
            changed["plays"] = th.zeros_like(changed["plays"])
        if "transitions" in self.settings.ablate:
            changed["transitions"] = self.neutral.expand_as(changed["transitions"])
        if self._ablated:
            changed["context"] = changed["context"].clone()
            for block in self._ablated:
                changed["context"][:, block] = 0.5
        return changed

    def _encode(
        self, observation: Tensors, memory: th.Tensor | None, counts: th.Tensor | None = None
    ) -> tuple[th.Tensor, th.Tensor]:
        """Returns the hidden layer of every candidate, (B, K, width), and the embedded context.

        `counts` are the `_cluster_counts` of the whole pool if `observation` holds only a part of it.
        """
        if self.settings.ablate:
            observation = self._ablate(observation)
        context = th.tanh(self.embed(self._with_time_basis(observation["context"])))
        if self.lstm is not None:
            memory = context.new_zeros(len(context), self.settings.memory) if memory is None else memory
            context = th.cat([context, memory], dim=1)
        hidden = self._first_layer(observation, context, counts).relu_()
        for layer in self.layers:
            hidden = layer(hidden).relu_()
        if self.attention is not None:
            hidden = self.attention(hidden, observation["available"])
        return hidden, context

    def _first_layer(
        self, observation: Tensors, context: th.Tensor, counts: th.Tensor | None = None
    ) -> th.Tensor:
        """Returns the first layer before its activation, (B, K, first).

        It is linear in [candidate, transition, candidate × interaction, cluster counts, duration, context].
        The factors that a whole session shares multiply its weights instead of each candidate's inputs, and
        no gradient is computed for inputs: with 256 sessions of 50 candidates, forward and backward pass take
        12 ms instead of 18.
        """
        weights = th.split(self.from_candidate.weight.t(), self._input_widths)
        of_candidates, of_transitions, *others = weights
        for block in self._interactions:
            factor = 2.0 * observation["context"][:, block] - 1.0
            of_candidates = of_candidates + factor.unsqueeze(2) * others.pop(0)
        candidates = 2.0 * observation["candidates"] - 1.0
        of_candidates = of_candidates.expand(len(context), -1, -1)
        hidden = th.baddbmm(self.from_context(context).unsqueeze(1), candidates, of_candidates)
        if self.soft_cluster is not None:
            shares = self._shares(observation)
            if counts is None:
                counts = self._cluster_counts(shares, observation)
            of_shares = counts[:, 0].unsqueeze(2) * others.pop(0)
            for kind in range(1, self._n_counts):
                of_shares = of_shares + counts[:, kind].unsqueeze(2) * others.pop(0)
            hidden = hidden.baddbmm_(shares, of_shares)
        change = observation["transitions"] - self.neutral
        hidden = hidden.add_(th.cat([change, change.abs()], dim=-1) @ of_transitions)
        if self.observation_spec.durations:
            hidden = hidden.add_((2.0 * observation["durations"] - 1.0).unsqueeze(2) * others.pop(0))
        if self.settings.use_session_estimates:
            hidden = hidden.add_(observation["session_estimates"] @ others.pop(0))
        return hidden

    def _with_time_basis(self, context: th.Tensor) -> th.Tensor:
        """Adds triangular functions of the progress, 1 at their centre and 0 at their neighbours' centres.

        A linear layer on them is piecewise linear in time, so preferences may change during a session.
        """
        if not self.settings.time_basis:
            return context
        last = self.settings.time_basis - 1
        centres = th.arange(last + 1, device=context.device)
        distance = (context[:, self._progress] * last - centres).abs()
        return th.cat([context, (1.0 - distance).clamp(min=0.0)], dim=1)

    def _shares(self, observation: Tensors) -> th.Tensor:
        """Returns the share of every soft cluster in every candidate, (B, K, S)."""
        assert self.soft_cluster is not None
        shares: th.Tensor = self.soft_cluster(2.0 * observation["candidates"] - 1.0)
        return shares

    def _cluster_counts(self, shares: th.Tensor, observation: Tensors) -> th.Tensor:
        """Returns the scaled numbers of played and of free tracks, and what was heard, by cluster, (B, N, S).

        Args:
            shares: The share of every cluster in every candidate, (B, K, S).
            observation: The pool.
        """
        candidates, available = observation["candidates"], observation["available"]
        # Slots beyond the pool hold only zeros; they do not count as played.
        played = (candidates.sum(-1) > 0.0) * (1.0 - available)
        counted = th.stack([played / PLAYED_SCALE, available / LEFT_SCALE], dim=1)
        if self.settings.play_history:
            counted = th.cat([counted, observation["plays"].transpose(1, 2)], dim=1)
        return counted @ shares


class PoolAttention(nn.Module):
    """Self-attention among the available candidates of a pool, with a residual connection.

    Args:
        width: Width of the candidates' representation.
        heads: Number of heads; divides the width.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, hidden: th.Tensor, available: th.Tensor) -> th.Tensor:
        """Lets each candidate attend to the free ones.

        Args:
            hidden: (B, K, width).
            available: (B, K), 1 where free.

        Returns:
            (B, K, width).
        """
        masked = available < 0.5
        # A session without any available candidate would divide zero by zero; its scores are never used.
        masked = masked & ~masked.all(dim=1, keepdim=True)
        normed = self.norm(hidden)
        return hidden + self.attend(normed, normed, normed, key_padding_mask=masked, need_weights=False)[0]
