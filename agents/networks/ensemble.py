"""Several candidate scorers that learn side by side and vote.

Networks that differ in nothing but their first weights err differently where the data say little; the mean of
what they say errs less (Lakshminarayanan, Pritzel and Blundell 2017, "deep ensembles").
"""

import dataclasses

import torch as th
from torch import nn

from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings, Tensors
from segue.features.errors import UserError


class Ensemble(nn.Module):
    """Candidate scorers whose mean score counts; used like one of them.

    Args:
        observed: What the observation holds.
        settings: The shape of each network, and how many there are.
    """

    recall = None  # what the members would remember of a session they could not share

    def __init__(self, observation_spec: ObservationSpec, settings: ScorerSettings) -> None:
        super().__init__()
        if settings.memory:
            raise UserError("A recurrent memory belongs to one network: `memory` needs `members: 1`.")
        self.observation_spec, self.settings = observation_spec, settings
        one = dataclasses.replace(settings, n_members=1)
        self._scorers = [CandidateScorer(observation_spec, one) for _ in range(settings.n_members)]
        self.members = nn.ModuleList(self._scorers)

    def member_logits(self, observation: Tensors) -> th.Tensor:
        """The scores of every member, (M, B, K)."""
        return th.stack([member.scores(observation) for member in self._scorers])

    def scores(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """The mean scores, (B, K); see `CandidateScorer.scores`."""
        return self.member_logits(observation).mean(0)

    def values(self, observation: Tensors, memory: th.Tensor | None = None) -> th.Tensor:
        """The mean values, (B, 1)."""
        return self(observation)[1]

    def forward(self, observation: Tensors, memory: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """The mean scores (B, K) and values (B, 1); see `CandidateScorer.forward`."""
        scores, values = zip(*(member(observation) for member in self._scorers), strict=True)
        return th.stack(scores).mean(0), th.stack(values).mean(0)


def new_scorer(observation_spec: ObservationSpec, settings: ScorerSettings) -> CandidateScorer | Ensemble:
    """Makes one network, or a committee where the settings ask for several members."""
    if settings.n_members < 1:
        raise UserError(f"`n_members` must be 1 or more, but is {settings.n_members}.")
    return (
        CandidateScorer(observation_spec, settings)
        if settings.n_members == 1
        else Ensemble(observation_spec, settings)
    )
