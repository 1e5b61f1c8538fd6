"""The vector environment: the batched core with B sessions, which begin again when they are over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import gymnasium as gym
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from segue.envs.actions import ActionMode, action_space, as_array, slots_of
from segue.envs.core.observation import ObservationLayout, ObservationMode
from segue.envs.core.session import Sessions
from segue.envs.core.setting import EnvironmentSettings, setting_from
from segue.envs.core.step_result import StepResult
from segue.envs.infos import replaced, reset_infos, step_infos, with_masks
from segue.envs.listener.checked_settings import one_or_more
from segue.envs.registration.spec import ClearSpec
from segue.envs.reset_options import checked_options, reset_mask, session_seeds, start_tracks
from segue.features.arrays import AnyArray, BoolArray, Float32Array, FloatArray, IntArray
from segue.features.errors import UserError

Observation = Any
"""A dictionary of arrays (B, …), or one array (B, size) if `observation="flat"`."""


FORM_ARGUMENTS = ("autoreset_mode", "copy", "num_threads", "observation", "render_mode")
"""Arguments that change only the form in which an environment is run, so that studies do not set them."""


class PlaylistVectorEnv(ClearSpec, gym.vector.VectorEnv[Observation, AnyArray, AnyArray]):
    """B sessions stepped at once; spaces, infos and settings are those of `PlaylistEnv`, with an axis B.

    The infos have the keys of the scalar environment, each with an array over sessions and Gymnasium's mask
    `_key`. With `SAME_STEP`, those of a session that has just begun again are those of its reset, and
    `final_info` and `final_obs` hold what the last play led to.

    Args:
        num_envs: Number of sessions B.
        max_episode_steps: Truncates a session after this many steps, 1 or more, even if it terminates in that
            step, as Gymnasium's `TimeLimit` does for a scalar environment; None for never.
        render_mode: Must be None: batches cannot be rendered.
        action: As in `PlaylistEnv`.
        observation: As in `PlaylistEnv`.
        mask_in_info: Adds `info["action_mask"]`, int8 (B, K).
        observe_durations: As in `PlaylistEnv`.
        autoreset_mode: When a session that is over begins again: in the step that ends it (`SAME_STEP`), in
            the next step, whose action is ignored (`NEXT_STEP`), or when `reset` is called with a
            `reset_mask` (`DISABLED`); an `AutoresetMode` or its name.
        copy: Whether observations are copies. Otherwise each step overwrites those of the step before, which
            saves most of its time.
        num_threads: Threads among which the sessions are divided; the results do not depend on it.
        **settings: Those of `PlaylistEnv`, from `catalog` to `split_seed`.

    Attributes:
        layout: Names and positions of everything in an observation.
        sessions: The batched core.
        settings: The settings as given.
        copies: Whether observations are copies.
        result: The outcome of the last step, of sessions that have begun again too.
    """

    # Gymnasium declares the metadata as an attribute of instances.
    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012
    result: StepResult

    def __init__(
        self,
        num_envs: int = 1,
        *,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        action: ActionMode = "discrete",
        observation: ObservationMode = "dict",
        mask_in_info: bool = False,
        observe_durations: bool = False,
        autoreset_mode: str | AutoresetMode = AutoresetMode.SAME_STEP,
        copy: bool = True,
        num_threads: int = 1,
        **settings: Unpack[EnvironmentSettings],
    ) -> None:
        batch, threads = one_or_more(num_envs, "num_envs"), one_or_more(num_threads, "num_threads")
        limit = None if max_episode_steps is None else one_or_more(max_episode_steps, "max_episode_steps")
        if render_mode is not None:
            raise UserError("A vector environment cannot be rendered; leave render_mode out.")
        self.settings = settings
        setting = setting_from(settings)
        self.num_envs = batch
        self.render_mode = None
        self.action_mode = action
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.layout = ObservationLayout(setting, observation, observe_durations)
        self.single_observation_space = self.layout.space
        self.single_action_space = action_space(action, setting.pool_size, len(self.layout.feature_names))
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        # The first reset replaces these generators.
        generators = [np.random.default_rng(0) for _ in range(self.num_envs)]
        # No session reaches a limit beyond the longest playlist.
        self._limit = None if limit is None else min(limit, setting.length + 1)
        self.sessions = Sessions(setting, generators, threads, self._limit or 0)
        self._mask_in_info = mask_in_info
        self.copies = copy
        self._seeds = [-1] * self.num_envs
        self._begun = np.zeros(self.num_envs, np.bool_)
        self._done = np.zeros(self.num_envs, np.bool_)
        size = (self.num_envs, *(self.single_observation_space.shape or ()))
        self._flat = None if copy or observation == "dict" else np.empty(size, np.float32)

    # ------------------------------------------------------------------ seeds
    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of every session's generator; −1 if it is not known."""
        return tuple(self._seeds)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts new sessions; see `gymnasium.vector.VectorEnv.reset`.

        Args:
            seed: One number s (session i gets s + i), or one number per session.
            options: `reset_mask`, bool (B,), selects the sessions to restart; all by default. `start` starts
                them at a track of the catalogue: its id, or a list with an id or None for each of the B
                sessions; see `PlaylistEnv.reset`. Sessions that begin again later draw their start.

        Raises:
            UserError: An option, a track or a seed is unknown or wrong, or there is not one seed or id per
                session.
        """
        options = checked_options(options, ("reset_mask", "start"))
        mask = reset_mask(options.get("reset_mask"), self.num_envs)
        tracks = start_tracks(options.get("start"), self.sessions.catalog, self.num_envs)
        rows = np.flatnonzero(mask)
        self._seed(rows, seed)
        self.sessions.start(rows, None if tracks is None else tracks[rows])
        self.sessions.draw_keys(rows)
        self.sessions.observe()
        self._begun |= mask
        self._done &= ~mask
        return self._observations(), self._infos(reset_infos(self.sessions), mask)

    def _seed(self, rows: IntArray, seed: int | Sequence[int | None] | None) -> None:
        """Gives generators to the sessions that get a seed or have none, and lets them draw their keys."""
        seeds = session_seeds(seed, self.num_envs)
        fresh = [row for row in rows.tolist() if seeds[row] is not None or not self._begun[row]]
        for row in fresh:
            self.sessions.generators[row], self._seeds[row] = seeding.np_random(seeds[row])
        self.sessions.draw_keys(np.array(fresh, np.intp))

    # ------------------------------------------------------------------ stepping
    def step(self, actions: AnyArray) -> tuple[Observation, FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Plays one candidate in every session; see `gymnasium.vector.VectorEnv.step`."""
        if not self._begun.all():
            raise ResetNeeded("Call reset() before step().")
        sessions, same_step = self.sessions, self.autoreset_mode == AutoresetMode.SAME_STEP
        slots = slots_of(self.action_mode, self._without_done(actions), sessions)
        durations = self.layout.durations(sessions)  # sessions that are over get another pool
        self.result = result = sessions.step_and_observe(slots, begin_again=same_step)
        terminated = result.terminated
        truncated = np.zeros(self.num_envs, np.bool_)
        if self._limit is not None:
            truncated = result.position + 1 >= self._limit
        if same_step:
            return self._same_step(result, terminated, truncated, durations)
        infos, reward = step_infos(result), result.reward
        if self._done.any():
            rows = np.flatnonzero(self._done)
            sessions.start(rows)
            sessions.draw_keys(rows)
            sessions.observe()
            infos = replaced(infos, rows, reset_infos(sessions))
            reward = np.where(self._done, 0.0, reward)
            terminated, truncated = terminated & ~self._done, truncated & ~self._done
        self._done = terminated | truncated
        return self._observations(), reward, terminated, truncated, self._infos(infos)

    def _without_done(self, actions: AnyArray) -> AnyArray:
        """Returns the actions, with a valid one for sessions that are to begin in this step."""
        if not self._done.any():
            return actions
        if self.autoreset_mode == AutoresetMode.DISABLED:
            raise UserError(
                f"Session {int(self._done.argmax())} is over; reset it with options={{'reset_mask': mask}}."
            )
        given = as_array(actions)
        if given.shape[:1] != (self.num_envs,):
            return given
        shaped = self._done.reshape(-1, *[1] * (given.ndim - 1))
        return np.where(shaped, np.zeros_like(given), given)

    def _same_step(
        self,
        result: StepResult,
        terminated: BoolArray,
        truncated: BoolArray,
        durations: dict[str, Float32Array],
    ) -> tuple[Observation, FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Returns the outcome of a step in which the sessions that were over have begun again."""
        sessions, infos = self.sessions, step_infos(result)
        over = sessions.loops.over
        if not over.size:
            return self._observations(), result.reward, terminated, truncated, self._infos(infos)
        sessions.draw_keys(over)
        ended = np.zeros(self.num_envs, np.bool_)
        ended[over] = True
        final_obs = np.full(self.num_envs, None, dtype=object)
        last = sessions.buffers.last_observations(sessions.loops.over_at)
        last |= {key: part[over] for key, part in durations.items()}
        for row, observation in zip(over.tolist(), self.layout.rows(last), strict=True):
            final_obs[row] = observation
        final = with_masks(infos, ended)
        if self._mask_in_info:
            final |= with_masks({"action_mask": self._masks_of(last, over)}, ended)
        masked = self._infos(replaced(infos, over, reset_infos(sessions)))
        masked |= {"final_obs": final_obs, "_final_obs": ended}
        masked |= {"final_info": final, "_final_info": ended.copy()}
        return self._observations(), result.reward, terminated, truncated, masked

    def _masks_of(self, last: dict[str, Any], over: IntArray) -> AnyArray:
        masks = np.zeros((self.num_envs, self.sessions.pool_size), np.int8)
        masks[over] = last["available"]
        return masks

    def action_masks(self) -> BoolArray:
        """Returns which candidates can still be played, bool (B, K)."""
        return self.sessions.available.copy()

    # ------------------------------------------------------------------ what Gymnasium's own vectors offer
    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Returns an attribute of every session: of those that differ, one each; else the same for all."""
        value = getattr(self, name)
        per_session = isinstance(value, tuple | list | np.ndarray) and len(value) == self.num_envs
        return tuple(value) if per_session else (value,) * self.num_envs

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Calls a method (or reads an attribute) and returns a result for every session."""
        if name in ("reset", "step", "close"):
            raise UserError(f"call({name!r}) would do that to every session at once; call {name}() itself.")
        value = getattr(self, name)
        if not callable(value):
            return self.get_attr(name)
        found = value(*args, **kwargs)
        per_session = isinstance(found, tuple | list | np.ndarray) and len(found) == self.num_envs
        return tuple(found) if per_session else (found,) * self.num_envs

    def _observations(self) -> Observation:
        return self.layout.batch(self.sessions, self.copies, self._flat)

    def _infos(self, infos: dict[str, AnyArray], present: BoolArray | None = None) -> dict[str, Any]:
        if self._mask_in_info:
            infos = {**infos, "action_mask": self.action_masks().astype(np.int8)}
        return with_masks(infos, np.ones(self.num_envs, np.bool_) if present is None else present)


def _autoreset_mode(mode: str | AutoresetMode) -> AutoresetMode:
    """Returns a mode by itself, its name or its value."""
    for known in AutoresetMode:
        if mode in (known, known.name, known.value):
            return known
    names = ", ".join(known.name for known in AutoresetMode)
    raise UserError(f"autoreset_mode must be one of {names}, but is {mode!r}.")
