"""The scalar environment: the batched core with one session."""

from __future__ import annotations

from typing import Any, Unpack

import gymnasium as gym
import numpy as np
from gymnasium.error import ResetNeeded

from segue.envs.actions import ActionMode, action_space, slot_of
from segue.envs.core.observation import ObservationLayout, ObservationMode
from segue.envs.core.session import Sessions
from segue.envs.core.setting import EnvironmentSettings, setting_from
from segue.envs.infos import single_reset_info, single_step_info
from segue.envs.registration.spec import ClearSpec
from segue.envs.rendering import plays_of, render_ansi, render_rgb
from segue.envs.reset_options import as_seed, checked_options, start_tracks
from segue.features.arrays import BoolArray
from segue.features.errors import UserError

Observation = Any
"""A dictionary of arrays, or one array if `observation="flat"`."""


class PlaylistEnv(ClearSpec, gym.Env[Observation, Any]):
    """One listener, one pool of K candidates, one playlist of up to L tracks.

    An action is the slot of a candidate, `Discrete(K)`; or with `action="continuous"` a point in feature
    space, `Box(-1, 1, (F,))`, which plays the nearest available candidate. Playing a track
    again earns nothing, or less with rewards of the utility; `action_masks()` returns which are available.

    An observation is a dictionary of float32 arrays in [0, 1]; `layout` names their columns:

    - `candidates` (K, F): features of the candidates, as percentiles of the catalogue.
    - `transitions` (K, T): transition features from the current track to each candidate.
    - `available` (K,): 1 for candidates that are left.
    - `context` (C,): progress, last response, averages, and features of what was heard, liked and disliked.
    - `durations` (K,), with `observe_durations`: log(seconds / 30) / log 40 of each candidate's duration, so
      that 0 is half a minute or less, and 1 is 20 minutes or more.

    The infos have the same keys at every reset and step, all numbers; at a reset they describe the start:

    - `track`: row of the catalogue. `position`: of the play, from 0; −1 at a reset.
    - `listened`: heard fraction. `skipped`: whether it was cut short. `left`: whether the listener left.
    - `utility_<term>`: contribution of each term to the listener's utility, and `utility_bias`.
    - `action_mask`: int8 (K,), with `mask_in_info`.

    Args:
        render_mode: `"ansi"` (a table as text), `"rgb_array"` (an image) or None.
        action: `"discrete"` or `"continuous"`.
        observation: `"dict"`, or `"flat"` for one array; see `ObservationLayout`.
        mask_in_info: Adds `info["action_mask"]`.
        observe_durations: Adds `durations` to the observation.
        **settings: Settings of the sessions, see below.

    Settings:
        - `catalog`: A catalogue, or its name or path: `"demo"` by default.
        - `features`: `"listening"`, or `"djmc"` for the percentiles of DJ-MC's 34 descriptors.
        - `listener`: A preset's name, a YAML file, or a dictionary in a preset's form; `"full"` by default.
        - `reward`: A reward's name or `"module:callable"`; the preset's reward by default.
        - `pool`: Where candidates come from: a kind, or a dictionary with `kind` and its settings; by
          default `"uniform"`.
        - `pool_size`: Candidates K, 50 by default.
        - `length`: Longest playlist L, 30 by default.
        - `split`: `"train"` or `"test"`, which share no recordings and no listeners, nor artists unless one,
          or several linked by joint credits, has more than 30 % of the tracks; None for all.
        - `split_seed`: Which split of the catalogue, 0 by default.

    Attributes:
        layout: Names and positions of everything in an observation.
        sessions: The batched core, with B = 1.
        settings: The settings as given.
    """

    # Gymnasium declares the metadata as an attribute of instances.
    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 2}  # noqa: RUF012

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        action: ActionMode = "discrete",
        observation: ObservationMode = "dict",
        mask_in_info: bool = False,
        observe_durations: bool = False,
        **settings: Unpack[EnvironmentSettings],
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise UserError(
                f"render_mode must be one of {self.metadata['render_modes']}, but is {render_mode!r}."
            )
        self.render_mode = render_mode
        self.action_mode = action
        self.settings = settings
        setting = setting_from(settings)
        self.layout = ObservationLayout(setting, observation, observe_durations)
        self.observation_space = self.layout.space
        self.action_space = action_space(action, setting.pool_size, len(self.layout.feature_names))
        self._mask_in_info = mask_in_info
        # The first reset replaces this generator.
        self.sessions = Sessions(setting, [np.random.default_rng(0)])
        self._begun = False

    def __repr__(self) -> str:
        return f"<{self}: {self.sessions.setting!r}>"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draws a listener, a pool and a start track; see `gymnasium.Env.reset`.

        Args:
            seed: Seed of this session and those after it; None continues with the generator.
            options: `start`, the id of any track of the catalogue, even of the other part of a split, starts
                the session there; listener and pool stay those of the seed, but for a candidate that is this
                recording, whose slot the drawn start gets.

        Raises:
            UserError: An option or a track is unknown, or the seed is not a whole number of 0 or more.
        """
        start = checked_options(options, ("start",)).get("start")
        tracks = start_tracks(start, self.sessions.catalog, 1)
        super().reset(seed=as_seed(seed))
        self.sessions.generators[0] = self.np_random
        self.sessions.begin(np.array([0]), tracks)
        self.sessions.observe()
        self._begun = True
        self.sessions.plays = []
        return self.layout.single(self.sessions), self._with_mask(single_reset_info(self.sessions))

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Plays a candidate; see `gymnasium.Env.step`."""
        if not self._begun:
            raise ResetNeeded("Call reset() before step().")
        slots = slot_of(self.action_mode, action, self.sessions)
        result = self.sessions.step_and_observe(slots, begin_again=False)
        info, reward = single_step_info(result), result.reward.item()
        if self.render_mode is not None:
            self.sessions.plays.append({**info, "reward": reward})
        observation = self.layout.single(self.sessions)
        return observation, reward, result.terminated.item(), False, self._with_mask(info)

    def action_masks(self) -> BoolArray:
        """Returns which candidates can still be played, bool (K,)."""
        return self.sessions.available[0].copy()

    def render(self) -> Any:
        """Renders the session so far: a table as text, or an image, uint8 (H, W, 3)."""
        if self.render_mode == "ansi":
            return render_ansi(self.sessions.catalog, plays_of(self.sessions))
        if self.render_mode == "rgb_array":
            return render_rgb(self.sessions.catalog, plays_of(self.sessions), self.sessions.length)
        gym.logger.warn("render() needs an environment made with render_mode='ansi' or 'rgb_array'.")
        return None

    def _with_mask(self, info: dict[str, Any]) -> dict[str, Any]:
        if self._mask_in_info:
            info["action_mask"] = self.action_masks().astype(np.int8)
        return info
