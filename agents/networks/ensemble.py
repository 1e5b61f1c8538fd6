"""An ensemble of candidate scorers that are trained side by side.

Networks that differ only in their initial weights err differently where data are scarce; their mean errs less
(Lakshminarayanan, Pritzel and Blundell 2017, "deep ensembles").
"""

import dataclasses

import torch as th
from torch import nn

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings, Tensors
from segue.features.errors import UserError


class Ensemble(nn.Module):
    """Candidate scorers whose scores are averaged; it has the methods of a single one.

    Args:
        observation_spec: What the observations hold.
        settings: The shape of each network, and how many there are.
    """

    lstm = None  # members cannot share a recurrent memory

    def __init__(self, observation_spec: ObservationSpec, settings: ScorerSettings) -> None:
        super().__init__()
        if settings.memory:
            raise UserError("A recurrent memory belongs to a single network: `memory` needs `n_members: 1`.")
        self.observation_spec, self.settings = observation_spec, settings
        single = dataclasses.replace(settings, n_members=1)
        self._scorers = [CandidateScorer(observation_spec, single) for _ in range(settings.n_members)]
        self.members = nn.ModuleList(self._scorers)

    def member_logits(self, observation: Tensors) -> th.Tensor:
        """Returns the scores of every member, (M, B, K)."""
        return th.stack([member.scores(observation) for member in self._scorers])

    def scores(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """Returns the mean scores, (B, K); see `CandidateScorer.scores`."""
        return self.member_logits(observation).mean(0)

    def values(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """Returns the mean values, (B, 1)."""
        return self(observation)[1]

    def forward(self, observation: Tensors, memory: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """Returns the mean scores (B, K) and values (B, 1); see `CandidateScorer.forward`."""
        scores, values = zip(*(member(observation) for member in self._scorers), strict=True)
        return th.stack(scores).mean(0), th.stack(values).mean(0)


def new_scorer(observation_spec: ObservationSpec, settings: ScorerSettings) -> CandidateScorer | Ensemble:
    """Makes a single network, or an ensemble if the settings ask for several members.

    Raises:
        UserError: `n_members` is below 1, or the settings cannot be combined.
    """
    if settings.n_members < 1:
        raise UserError(f"`n_members` must be 1 or more, but is {settings.n_members}.")
    network = CandidateScorer if settings.n_members == 1 else Ensemble
    return network(observation_spec, settings)
