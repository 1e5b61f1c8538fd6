"""How a study trains and evaluates: the fields of `training` and `evaluation` in its YAML file."""

from __future__ import annotations

from pydantic import Field

from segue.experiments.study.file_format.limits import MAX_EPISODES, MAX_STEPS, MAX_VALIDATION
from segue.experiments.study.file_format.sections import Section, Seeds, Split, Whole

FIRST_EPISODE_SEED = 2**32
"""Seeds of training sessions are below this number; seeds of evaluation sessions count up from it."""
SEEDS_PER_RUN = 2**20
"""Distance of the seeds of the evaluation sessions of two runs whose own seeds are neighbours."""

ANCHORS = {"lower": ("random",), "upper": ("greedy-oracle", "oracle")}
"""Labels of the agents whose scores are 0 and 1 unless the study says otherwise; the first one it lists."""


class TrainingConfig(Section):
    """Training of the learned agents."""

    seeds: Seeds = Field(
        default=[0, 1, 2, 3, 4],
        description="Seeds of the learned agents, one run per seed: a list or a count.",
    )
    steps: Whole = Field(
        default=100_000,
        ge=1,
        le=MAX_STEPS,
        description="Environment steps per training run, over all its sessions.",
    )
    split: Split | None = Field(
        default=None,
        description="Part of the catalogue and the listeners to train on; null: all. See "
        "`evaluation.split_per_run`.",
    )
    validation_sessions: Whole = Field(
        default=64,
        ge=0,
        le=MAX_VALIDATION,
        description="Fixed sessions of the training's environment that a learned agent plays before its "
        "training, after every tenth of it and at the end, for the learning curve, and that every other "
        "agent plays once; 0: none.",
    )
    domain_randomization: str | None = Field(
        default=None,
        description="Catalogue with whose tracks half of the training sessions are played, such as "
        "`synthetic:10000`, which imitates the training tracks; null: the default of each agent. "
        "`domain_randomization` in the `settings` of an agent takes precedence, where null is none.",
    )


class EvaluationConfig(Section):
    """Evaluation of all agents, in each run with the same listeners, pools and noise."""

    episodes: Whole = Field(
        default=400,
        ge=2,
        le=MAX_EPISODES,
        description="Evaluation sessions of each run; another run has others.",
    )
    first_seed: Whole = Field(
        default=0,
        ge=0,
        lt=2**31,
        description="Number of the first session; the others count up. Another number gives other listeners.",
    )
    split: Split | None = Field(
        default=None,
        description="Part of the catalogue and the listeners to test on; null: all. "
        "The `split` of an environment takes precedence.",
    )
    split_per_run: bool = Field(
        default=True,
        strict=True,
        description="Whether each run has its own split of the catalogue, for training and evaluation: the "
        "`split_seed` of the environment plus the seed of the run; false: all runs have that of the "
        "environment, and intervals say nothing about other tracks.",
    )
    deterministic: bool = Field(
        default=True,
        strict=True,
        description="Whether a learned agent takes its best action or samples one.",
    )
    order_sessions: Whole = Field(
        default=40,
        ge=0,
        le=MAX_EPISODES,
        description="Sessions per run whose order is compared with other orders; 0: none.",
    )
    listeners: str | None = Field(
        default=None,
        description="A CSV or Parquet file with the column `episode` (seed of a session, as in "
        "`results/listeners.csv`) and columns to group listeners by; null: only what segue measures.",
    )
    lower: str = Field(
        default=ANCHORS["lower"][0], description="Label of the agent whose normalised score is 0."
    )
    upper: str = Field(
        default=ANCHORS["upper"][0],
        description="Label of the agent whose normalised score is 1; without `greedy-oracle`, `oracle`.",
    )

    def seeds(self, run: int = 0) -> range:
        """Returns the seeds of the evaluation sessions of a run, which no training and no other run has.

        Args:
            run: Seed of the run. The runs of all agents with this seed have the same sessions.
        """
        first = FIRST_EPISODE_SEED + self.first_seed + SEEDS_PER_RUN * run
        return range(first, first + self.episodes)
