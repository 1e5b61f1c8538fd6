"""The vector environment: the batched core with B sessions, each reset in the step that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from segue.envs.actions import ActionMode, action_space, slots_of
from segue.envs.core.observation import ObservationLayout
from segue.envs.core.session import Sessions
from segue.envs.core.setting import setting_from
from segue.envs.core.step_result import StepResult
from segue.features.arrays import AnyArray, BoolArray, FloatArray, IntArray
from segue.features.errors import UserError

Observation = dict[str, Any]


class PlaylistVectorEnv(gym.vector.VectorEnv[Observation, AnyArray, AnyArray]):
    """B sessions stepped at once, with autoreset in the same step.

    The infos have the keys of the scalar environment, each with an array over sessions. They describe the
    play just made, even for a session that has just ended; in that case `final_obs` holds the last
    observations (an object array as in Gymnasium) and `final_info` repeats the infos.

    Args:
        num_envs: Number of sessions B.
        max_episode_steps: Truncates a session after this many steps, even if it terminates in that step, as
            Gymnasium's `TimeLimit` does for a scalar environment.
        render_mode: Must be None: batches cannot be rendered.
        action: As in `PlaylistEnv`.
        mask_in_info: Adds `info["action_mask"]`, int8 (B, K).
        **settings: See `segue.envs.core.setting.build_setting`.
    """

    # Gymnasium declares the metadata as an attribute of instances.
    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        action: ActionMode = "discrete",
        mask_in_info: bool = False,
        **settings: Any,
    ) -> None:
        if num_envs < 1:
            raise UserError(f"num_envs must be 1 or more, but is {num_envs}.")
        if render_mode is not None:
            raise UserError("A vector environment cannot be rendered; leave render_mode out.")
        setting = setting_from(settings)
        self.num_envs = num_envs
        self.render_mode = None
        self.action_mode = action
        self.layout = ObservationLayout(setting)
        self.single_observation_space = self.layout.space
        self.single_action_space = action_space(action, setting.pool_size, len(self.layout.feature_names))
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.sessions = Sessions(setting, [np.random.default_rng(0) for _ in range(num_envs)])
        self._limit = max_episode_steps
        self._mask_in_info = mask_in_info
        self._seeded = False

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts new sessions; see `gymnasium.vector.VectorEnv.reset`.

        Args:
            seed: One number s (session i gets s + i), or one number per session.
            options: `reset_mask`, bool (B,), selects the sessions to restart; all by default.
        """
        mask = np.ones(self.num_envs, np.bool_) if options is None else options.get("reset_mask")
        rows = np.arange(self.num_envs) if mask is None else np.flatnonzero(mask)
        self._seed(rows, seed)
        self.sessions.begin(rows)
        return self.layout.observe(self.sessions), self._with_mask({})

    def _seed(self, rows: IntArray, seed: int | Sequence[int | None] | None) -> None:
        if seed is None:
            seeds: Sequence[int | None] = [None] * self.num_envs
        elif isinstance(seed, int | np.integer):
            seeds = [int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise UserError(
                f"Got {len(seeds)} seeds for {self.num_envs} sessions; give one seed per session."
            )
        for row in rows:
            if seeds[row] is not None or not self._seeded:
                self.sessions.generators[row] = seeding.np_random(seeds[row])[0]
        self._seeded = self._seeded or len(rows) == self.num_envs

    def step(self, actions: AnyArray) -> tuple[Observation, FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Plays one candidate in every session; see `gymnasium.vector.VectorEnv.step`."""
        sessions = self.sessions
        result = sessions.step(slots_of(self.action_mode, np.asarray(actions), sessions))
        info = self._info(result)
        terminated = result.terminated
        truncated = np.zeros(self.num_envs, np.bool_)
        if self._limit is not None:
            truncated = sessions.position >= self._limit
        done = np.flatnonzero(terminated | truncated)
        if done.size:
            info |= self._final(info, done)
            sessions.begin(done)
        return (
            self.layout.observe(sessions),
            result.reward,
            terminated,
            truncated,
            self._with_mask(info),
        )

    def action_masks(self) -> BoolArray:
        """Returns which candidates can still be played, bool (B, K)."""
        return self.sessions.available.copy()

    def _info(self, result: StepResult) -> dict[str, Any]:
        return {
            "track_id": self.sessions.setting.track_ids[result.track],
            "position": result.position,
            "listened": result.listened,
            "skipped": result.skipped,
            "left": result.left,
            **result.utilities,
        }

    def _final(self, info: dict[str, Any], done: IntArray) -> dict[str, Any]:
        last = self.layout.observe(self.sessions, done)
        final_obs = np.full(self.num_envs, None, dtype=object)
        tables = (last["candidates"], last["transitions"], last["available"], last["context"])
        for row, candidates, transitions, available, context in zip(done.tolist(), *tables, strict=True):
            final_obs[row] = {
                "candidates": candidates,
                "transitions": transitions,
                "available": available,
                "context": context,
            }
        ended = np.zeros(self.num_envs, np.bool_)
        ended[done] = True
        return {
            "final_obs": final_obs,
            "_final_obs": ended,
            "final_info": dict(info),
            "_final_info": ended.copy(),
        }

    def _with_mask(self, info: dict[str, Any]) -> dict[str, Any]:
        if self._mask_in_info:
            info["action_mask"] = self.action_masks().astype(np.int8)
        return info
