"""The scalar environment: the batched core with one session."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from segue.envs.actions import ActionMode, action_space, slots_of
from segue.envs.core.observation import ObservationLayout
from segue.envs.core.session import Sessions
from segue.envs.core.setting import setting_from
from segue.envs.rendering import render_ansi, render_rgb
from segue.features.arrays import BoolArray
from segue.features.errors import UserError

Observation = dict[str, Any]


class PlaylistEnv(gym.Env[Observation, Any]):
    """One listener, one pool, one playlist.

    Args:
        render_mode: `"ansi"`, `"rgb_array"` or None.
        action: `"discrete"` (an index into the pool) or `"continuous"` (a point in feature space,
            which plays the nearest free candidate).
        mask_in_info: Adds `info["action_mask"]`, int8 (K,).
        **settings: See `segue.envs.core.setting.build_setting`.

    Attributes:
        layout: Names and positions of everything in an observation.
        sessions: The batched core, with B = 1.
    """

    # Gymnasium declares the metadata as an attribute of instances.
    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 2}  # noqa: RUF012

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        action: ActionMode = "discrete",
        mask_in_info: bool = False,
        **settings: Any,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise UserError(
                f"render_mode must be one of {self.metadata['render_modes']}, but is {render_mode!r}."
            )
        self.render_mode = render_mode
        self.action_mode = action
        setting = setting_from(settings)
        self.layout = ObservationLayout(setting)
        self.observation_space = self.layout.space
        self.action_space = action_space(action, setting.pool_size, len(self.layout.feature_names))
        self._mask_in_info = mask_in_info
        # The first reset replaces this generator.
        self.sessions = Sessions(setting, [np.random.default_rng(0)])
        self.plays: list[dict[str, Any]] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draws a listener, a pool and a start track; see `gymnasium.Env.reset`."""
        super().reset(seed=seed)
        self.sessions.generators[0] = self.np_random
        self.sessions.begin(np.array([0]))
        self.plays = []
        start = self.sessions.state.history[0, 0]
        return self._observation(), self._with_mask({"track_id": self._track_id(start)})

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Plays a candidate; see `gymnasium.Env.step`."""
        result = self.sessions.step(slots_of(self.action_mode, np.asarray(action)[None], self.sessions))
        # Converting the whole record once is much cheaper than indexing each field's array.
        _, listened, _, track, position, _, skipped, left, terminated = result.outcome[0].item()
        info = {
            "track_id": self._track_id(track),
            "position": position,
            "listened": listened,
            "skipped": skipped,
            "left": left,
            **dict(zip(result.names, result.parts[:, 0].tolist(), strict=True)),
        }
        reward = result.reward.item()
        if self.render_mode is not None:
            self.plays.append({**info, "reward": reward, "index": track})
        return self._observation(), reward, terminated, False, self._with_mask(info)

    def action_masks(self) -> BoolArray:
        """Returns which candidates can still be played, bool (K,)."""
        return self.sessions.available[0].copy()

    def render(self) -> Any:
        """Renders the session so far: a table as text, or an image, uint8 (H, W, 3)."""
        if self.render_mode == "ansi":
            return render_ansi(self.sessions.catalog, self.plays)
        if self.render_mode == "rgb_array":
            return render_rgb(self.sessions.catalog, self.plays, self.sessions.length)
        gym.logger.warn("render() needs an environment made with render_mode='ansi' or 'rgb_array'.")
        return None

    def _observation(self) -> Observation:
        return {key: value[0] for key, value in self.layout.observe(self.sessions).items()}

    def _track_id(self, index: int) -> str:
        return str(self.sessions.setting.track_ids[index])

    def _with_mask(self, info: dict[str, Any]) -> dict[str, Any]:
        if self._mask_in_info:
            info["action_mask"] = self.action_masks().astype(np.int8)
        return info
