"""The candidate scorer: one small network that scores every candidate of a pool alike.

A candidate's score depends on its own features, the transition to it and the context of the session,
and on other candidates only through the optional attention block; so the scores are
permutation-equivariant, and one set of weights serves any pool size and tracks never seen. The layout is
a deep set (Zaheer et al. 2017): shared candidate layers, a masked mean over the pool for the value of the
session.
"""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import torch as th
from torch import nn

from segue.agents.networks.observation_spec import ObservationSpec
from segue.features.errors import UserError

Tensors: TypeAlias = Mapping[str, th.Tensor]
_PER_CANDIDATE = ("candidates", "transitions", "available", "session_estimates")

PLAYED_SCALE, LEFT_SCALE = 5.0, 10.0
"""Tracks of one kind that are many among those played, and among those left."""


@dataclass(frozen=True)
class ScorerSettings:
    """The shape of the network."""

    embedding: int = 32
    """Width of the context's embedding."""
    hidden: tuple[int, ...] = (64, 32)
    """Widths of the layers that every candidate passes through."""
    interactions: tuple[str, ...] = ("liked_mean", "disliked_mean", "heard_mean")
    """Context blocks of F numbers that a candidate's features are multiplied with, feature by feature."""
    outputs: int = 1
    """Numbers a candidate, whose mean is its score: more than one for the quantiles of QR-DQN."""
    memory: int = 0
    """Width of a recurrent memory of the session, read from its contexts; 0 for none."""
    attention_heads: int = 0
    """Heads of a self-attention block over the pool; 0 leaves it out."""
    time_basis: int = 0
    """Moments of the session, spread over its length, that join the context; 0, or 2 and more."""
    soft_clusters: int = 0
    """Kinds of tracks to learn; a candidate sees how much of its own has been played and is left. 0: none."""
    use_session_estimates: bool = False
    """Whether it reads what a `segue.agents.networks.session_estimator` keeps of the session."""
    n_members: int = 1
    """Networks that learn side by side and whose mean score counts; see `segue.agents.networks.ensemble`."""
    ablate: tuple[str, ...] = ()
    """What it is not to see: `candidates`, `transitions` or blocks of the context; to learn what for."""

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for saving."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ScorerSettings":
        """Takes what a YAML file or a saved agent holds: lists where the fields are tuples."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)


class CandidateScorer(nn.Module):
    """Scores candidates, and values sessions.

    The first layer is linear in [candidate, transition, candidate x direction, kind, context]; what the
    context adds is computed once a session and not once a candidate.

    Args:
        observed: What the observation holds.
        settings: The shape of the network.
    """

    neutral: th.Tensor

    def __init__(self, observation_spec: ObservationSpec, settings: ScorerSettings) -> None:
        super().__init__()
        self.observation_spec, self.settings = observation_spec, settings
        first, *rest = settings.hidden
        features, transitions = len(observation_spec.feature_names), len(observation_spec.transition_names)
        self._hidden = [
            observation_spec.context_slice(name) for name in settings.ablate if name not in _PER_CANDIDATE
        ]
        if self._hidden and settings.memory:
            raise UserError("A recurrent memory reads the whole context: `ablate` cannot name a part of it.")
        if settings.ablate and settings.use_session_estimates:
            raise UserError(
                "`use_session_estimates` draws on everything observed: `ablate` cannot name a part of it."
            )
        self._interactions = [observation_spec.context_slice(name) for name in settings.interactions]
        self.register_buffer("neutral", th.tensor(observation_spec.transition_neutral), persistent=False)
        self._progress = observation_spec.context_slice("progress")
        self.embed = nn.Linear(observation_spec.context_size + settings.time_basis, settings.embedding)
        self.soft_cluster = nn.Linear(features, settings.soft_clusters) if settings.soft_clusters else None
        # A policy feeds it sequences of contexts, and hands its outputs back in as `memory`.
        self.recall = nn.LSTM(observation_spec.context_size, settings.memory) if settings.memory else None
        self.from_context = nn.Linear(settings.embedding + settings.memory, first)
        inputs = features * (1 + len(self._interactions)) + 2 * transitions + 2 * settings.soft_clusters
        inputs += (features + 2 * transitions + 1) * settings.use_session_estimates
        self.from_candidate = nn.Linear(inputs, first, bias=False)
        widths = [first, *rest]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.attention = (
            PoolAttention(widths[-1], settings.attention_heads) if settings.attention_heads else None
        )
        self.score = nn.Linear(widths[-1], settings.outputs)
        self.value = nn.Sequential(
            nn.Linear(widths[-1] + settings.embedding + settings.memory, first),
            nn.ReLU(),
            nn.Linear(first, 1),
        )
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.orthogonal_(module.weight, 2**0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # All candidates begin alike: the first policy is uniform and the first Q is flat.
        nn.init.orthogonal_(self.score.weight, 0.01)

    def forward(self, observation: Tensors, memory: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """Scores all candidates and values the session.

        Args:
            observation: Float tensors `candidates` (B, K, F), `transitions` (B, K, T), `available`
                (B, K) and `context` (B, C); and `remembered` (B, K, F + 2 T + 1) if it does.
            memory: What `recall` made of the session so far, (B, memory); nothing yet by default.

        Returns:
            Scores (B, K), those of masked candidates without meaning, and values (B, 1).
        """
        hidden, context = self._encode(observation, memory)
        free = observation["available"]
        share = free / free.sum(1, keepdim=True).clamp(min=1.0)
        pooled = th.bmm(share.unsqueeze(1), hidden).squeeze(1)
        return self.score(hidden).mean(-1), self.value(th.cat([pooled, context], dim=1))

    def scores(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """The scores alone, (B, K)."""
        return self.score(self._encode(observation, memory)[0]).mean(-1)

    def member_logits(self, observation: Tensors) -> th.Tensor:
        """The scores as those of a committee of one, (1, B, K)."""
        return self.scores(observation).unsqueeze(0)

    def outputs(self, observation: Tensors) -> th.Tensor:
        """All outputs of each candidate, (B, K, outputs); a score is their mean."""
        return self.score(self._encode(observation, None)[0])

    def values(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """The values alone, (B, 1)."""
        return self(observation, memory)[1]

    def outputs_at(self, observation: Tensors, slots: th.Tensor) -> th.Tensor:
        """The outputs of one candidate a session, without the work for the others where that is possible.

        Args:
            observation: As for `forward`.
            slots: int64 (B,).

        Returns:
            Outputs (B, outputs).
        """
        if self.attention is not None or self.soft_cluster is not None:
            return self.outputs(observation)[th.arange(len(slots)), slots]
        rows = th.arange(len(slots))
        one = {k: v[rows, slots].unsqueeze(1) for k, v in observation.items() if k in _PER_CANDIDATE}
        return self.outputs({**observation, **one}).squeeze(1)

    def _seen(self, observation: Tensors) -> Tensors:
        """Puts what says nothing in the place of what it is blind to."""
        seen = dict(observation)
        if "candidates" in self.settings.ablate:
            seen["candidates"] = th.full_like(seen["candidates"], 0.5)
        if "transitions" in self.settings.ablate:
            seen["transitions"] = self.neutral.expand_as(seen["transitions"])
        if self._hidden:
            seen["context"] = seen["context"].clone()
            for where in self._hidden:
                seen["context"][:, where] = 0.5
        return seen

    def _encode(self, observation: Tensors, memory: th.Tensor | None) -> tuple[th.Tensor, th.Tensor]:
        if self.settings.ablate:
            observation = self._seen(observation)
        context = th.tanh(self.embed(self._timed(observation["context"])))
        if self.recall is not None:
            memory = context.new_zeros(len(context), self.settings.memory) if memory is None else memory
            context = th.cat([context, memory], dim=1)
        hidden = self._first_layer(observation, context).relu_()
        for layer in self.layers:
            hidden = layer(hidden).relu_()
        if self.attention is not None:
            hidden = self.attention(hidden, observation["available"])
        return hidden, context

    def _first_layer(self, observation: Tensors, context: th.Tensor) -> th.Tensor:
        step = observation["transitions"] - self.neutral
        candidates = 2.0 * observation["candidates"] - 1.0
        parts = [candidates, step, step.abs()]
        for where in self._interactions:
            direction = 2.0 * observation["context"][:, where] - 1.0
            parts.append(candidates * direction.unsqueeze(1))
        if self.soft_cluster is not None:
            parts += self._cluster_counts(self.soft_cluster, observation)
        if self.settings.use_session_estimates:
            parts.append(observation["session_estimates"])
        return self.from_candidate(th.cat(parts, dim=-1)).add_(self.from_context(context).unsqueeze(1))

    def _timed(self, context: th.Tensor) -> th.Tensor:
        """Adds how near each moment is, from 1 down to 0 at its neighbours: what is wanted may turn there."""
        if not self.settings.time_basis:
            return context
        last = self.settings.time_basis - 1
        away = (context[:, self._progress] * last - th.arange(last + 1)).abs()
        return th.cat([context, (1.0 - away).clamp(min=0.0)], dim=1)

    def _cluster_counts(self, soft_cluster: nn.Linear, observation: Tensors) -> list[th.Tensor]:
        """Shares of each candidate in the kinds, times the tracks of a kind that are played, and left."""
        candidates, free = observation["candidates"], observation["available"]
        shares = th.softmax(soft_cluster(2.0 * candidates - 1.0), dim=-1)
        # Slots beyond the pool hold nothing but zeros: they were never there to be played.
        played = candidates.any(-1) * (1.0 - free)
        counts = th.stack([played / PLAYED_SCALE, free / LEFT_SCALE], dim=1) @ shares
        return [shares * counts[:, :1], shares * counts[:, 1:]]


class PoolAttention(nn.Module):
    """Self-attention among the free candidates of a pool, with a residual connection.

    Args:
        width: Width of the candidates' representation.
        heads: Number of heads; divides the width.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, hidden: th.Tensor, available: th.Tensor) -> th.Tensor:
        """Lets each candidate look at the free ones.

        Args:
            hidden: (B, K, width).
            available: (B, K), 1 where free.

        Returns:
            (B, K, width).
        """
        taken = available < 0.5
        # A session without any free candidate would divide zero by zero; nobody reads its scores.
        taken = taken & ~taken.all(dim=1, keepdim=True)
        normed = self.norm(hidden)
        return hidden + self.attend(normed, normed, normed, key_padding_mask=taken, need_weights=False)[0]
