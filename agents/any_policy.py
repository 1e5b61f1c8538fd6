"""Anything with a `predict` as an agent: models of Stable-Baselines3, and policies that users write."""

import inspect
from dataclasses import dataclass
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import numpy.typing as npt
import pandas as pd

from segue.agents.base import Agent, Batch, Observation
from segue.agents.continuous import ContinuousAgent, NearestCandidateAgent, has_continuous_actions
from segue.features.arrays import AnyArray, FloatArray
from segue.features.errors import UserError, excerpt

_OPTIONAL = ("state", "episode_start", "deterministic", "action_masks")
"""Arguments of `predict` that a policy gets only if it takes them."""


def as_agent(policy: Any, env: Any) -> Any:
    """Adapts a policy to an environment, unless it is an agent that needs no adapting.

    Args:
        policy: An agent, a model or a policy of Stable-Baselines3, or anything else with
            `predict(observation, …)`.
        env: The environment, scalar or vector, wrapped or not, in which it is to play.

    Returns:
        Something with the `predict` of `Agent`.

    Raises:
        UserError: It has no `predict`, or it was made for other observations or actions.
    """
    flat = env.unwrapped.layout.mode == "flat"
    agent = policy if isinstance(policy, Agent) and not flat else PolicyAgent(policy, env)
    points = isinstance(agent, ContinuousAgent) or agent.action_dtype is np.float32
    return NearestCandidateAgent(agent) if has_continuous_actions(env) and not points else agent


class PolicyAgent(Agent):
    """Chooses by the `predict` of any policy.

    The policy sees a batch of B sessions, arrays with a leading axis B, and returns its actions, (B,) slots
    or (B, F) points, alone or with its new state. Of `state`, `episode_start`, `deterministic` and
    `action_masks` it gets what its `predict` takes. One without masks may choose a track that was played
    already, and then the listener hears a repeat.

    Observations have the form of the policy's `observation_space`, a dictionary or one array; without that
    attribute, the form that the environment has. A model that was trained under `VecNormalize` sees them
    normalised by its statistics, as long as it has that environment.

    Args:
        policy: The policy.
        env: The environment, scalar or vector, wrapped or not.

    Raises:
        UserError: The policy has no `predict`, or it was made for other observations or actions.
    """

    def __init__(self, policy: Any, env: Any) -> None:
        predict = getattr(policy, "predict", None)
        if not callable(predict):
            raise UserError(
                f"{excerpt(repr(policy))} has no predict method; give an agent, a model, or a function that "
                "takes the environment and returns one."
            )
        self.policy, self._layout = policy, env.unwrapped.layout
        self._takes = _arguments(predict)
        self._statistics = _statistics(policy)
        self._form: Literal["dict", "flat"] = _require_fitting_observations(policy, self._layout)
        self._points = _chooses_points(policy, env)
        self.action_dtype = np.float32 if self._points else np.int64

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {type(self.policy).__name__}>"

    def reset(self, seed: int) -> None:
        """Restarts the random numbers of a policy that has a method `reset(seed)` of segue's agents."""
        if isinstance(self.policy, Agent):
            self.policy.reset(seed)

    def predict(
        self,
        observation: Observation | AnyArray,
        state: Any = None,
        episode_start: npt.ArrayLike | None = None,
        deterministic: bool = True,
        action_masks: npt.ArrayLike | None = None,
    ) -> tuple[AnyArray, Any]:
        """Chooses for every session; see `Agent.predict`. The observation may be flat."""
        return super().predict(self._tables(observation), state, episode_start, deterministic, action_masks)

    def explain(self, observation: Observation | AnyArray, state: Any = None) -> pd.DataFrame:
        """Shows the reasons for the next choice; see `Agent.explain`."""
        return super().explain(self._tables(observation), state)

    def _tables(self, observation: Observation | AnyArray) -> Observation:
        """Returns an observation as a dictionary."""
        return self._layout.unflatten(observation) if isinstance(observation, np.ndarray) else observation

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Returns the policy's choice.

        Raises:
            UserError: Its actions have another shape or type.
        """
        if not isinstance(self.policy, Agent):
            # A session that is over has no candidates, from which a policy could not choose.
            mask = mask | ~mask.any(axis=1, keepdims=True)
        optional = dict(zip(_OPTIONAL, (state, starts, deterministic, mask), strict=True))
        seen = self._layout.flatten(observation) if self._form == "flat" else observation
        if self._statistics is not None:
            seen = self._statistics.normalize_obs(seen)
        places = [optional[meaning] for meaning in self._takes.by_place]
        names = {name: optional[meaning] for name, meaning in self._takes.by_name.items()}
        answer = self.policy.predict(seen, *places, **names)
        actions, state = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        return self._checked(actions, len(mask)), state

    def probabilities(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[FloatArray, Any]:
        """Returns those of an adapted agent; of any other policy, what it chooses has probability 1.

        Raises:
            UserError: See `Agent.probabilities`.
        """
        if isinstance(self.policy, Agent):
            return self.policy.probabilities(observation, mask, state, starts, deterministic)
        return super().probabilities(observation, mask, state, starts, deterministic)

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> Any:
        """Tells an adapted agent what is played."""
        if isinstance(self.policy, Agent):
            return self.policy.record_played(observation, state, slots)
        return state

    def _checked(self, actions: Any, sessions: int) -> AnyArray:
        """Returns actions as an array, having compared their shape and type."""
        try:
            found = np.asarray(actions)
        except ValueError:
            found = np.empty(0, object)
        if found.shape == () and sessions == 1:
            found = found[None]
        width = (len(self._layout.feature_names),) if self._points else ()
        if found.shape != (sessions, *width) or found.dtype.kind not in ("fiu" if self._points else "iu"):
            wanted = "numbers" if self._points else "whole numbers, one slot per session,"
            raise UserError(
                f"The predict method of {type(self.policy).__name__} must return {wanted} of shape "
                f"{(sessions, *width)}, but returned {found.dtype} of shape {found.shape}."
            )
        return found

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the reasons of an adapted agent; equal scores for any other policy."""
        if isinstance(self.policy, Agent):
            return self.policy.reasons(observation, mask, state)
        return super().reasons(observation, mask, state)


def _statistics(policy: Any) -> Any:
    """Returns the `VecNormalize` around the environment of a model of Stable-Baselines3; None if none is."""
    find = getattr(policy, "get_vec_normalize_env", None)
    return find() if callable(find) else None


@dataclass(frozen=True)
class _Arguments:
    """What the optional arguments of a `predict` mean, each one of `_OPTIONAL`.

    Attributes:
        by_place: Those that can only be given by their place, in that order.
        by_name: The others, by their names.
    """

    by_place: list[str]
    by_name: dict[str, str]


def _arguments(predict: Any) -> _Arguments:
    """Finds out which of the optional arguments a `predict` takes.

    Those that must be given and have other names mean what stands at their place in Stable-Baselines3;
    `**arguments` means all that are not named.
    """
    try:
        parameters = list(inspect.signature(predict).parameters.values())
    except (TypeError, ValueError):  # compiled code may hide its signature
        return _Arguments([], {name: name for name in _OPTIONAL[:3]})
    by_place: list[str] = []
    by_name: dict[str, str] = {}
    for place, parameter in enumerate(parameters[1:]):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        meaning = parameter.name
        if meaning not in _OPTIONAL:
            if parameter.default is not parameter.empty or place >= len(_OPTIONAL):
                continue
            meaning = _OPTIONAL[place]
        if parameter.kind is parameter.POSITIONAL_ONLY:
            by_place.append(meaning)
        else:
            by_name[parameter.name] = meaning
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        met = {*by_place, *by_name.values()}
        by_name |= {name: name for name in _OPTIONAL if name not in met}
    return _Arguments(by_place, by_name)


def _require_fitting_observations(policy: Any, layout: Any) -> Literal["dict", "flat"]:
    """Returns the form of the observations that a policy sees, having compared their shapes."""
    space = getattr(policy, "observation_space", None)
    if isinstance(policy, Agent):
        return "dict"
    if not isinstance(space, gym.spaces.Dict | gym.spaces.Box):
        return "flat" if layout.mode == "flat" else "dict"
    form: Literal["dict", "flat"] = "dict" if isinstance(space, gym.spaces.Dict) else "flat"
    found, wanted = _shapes(layout.space_of(form)), _shapes(space)
    if found != wanted:
        raise UserError(
            f"{type(policy).__name__} was made for observations of shape {wanted}, but here they have shape "
            f"{found}; use the pool_size and the features of the catalogue that it was trained with."
        )
    return form


def _shapes(space: gym.Space[Any]) -> Any:
    if isinstance(space, gym.spaces.Dict):
        return {name: part.shape for name, part in space.spaces.items()}
    return space.shape


def _chooses_points(policy: Any, env: Any) -> bool:
    """Returns whether the actions of a policy are points.

    Raises:
        UserError: They are, but the environment takes slots; or it was made for another number of slots.
    """
    if isinstance(policy, Agent):
        return isinstance(policy, ContinuousAgent)
    continuous, space = has_continuous_actions(env), getattr(policy, "action_space", None)
    (slots,) = env.unwrapped.layout.space_of("dict")["available"].shape
    if isinstance(space, gym.spaces.Discrete) and space.n != slots:
        raise UserError(
            f"{type(policy).__name__} was made for pools of {space.n} candidates, but here they have "
            f"{slots}; use pool_size={space.n}."
        )
    if isinstance(space, gym.spaces.Box) and not continuous:
        raise UserError(
            f"{type(policy).__name__} chooses points in feature space; use an environment with "
            "action='continuous', such as segue/PlaylistContinuous-v0."
        )
    return continuous and not isinstance(space, gym.spaces.Discrete)
