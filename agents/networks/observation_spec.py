"""The names in the observations that a learned agent was trained on; saved with its weights."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from segue.envs.core.observation import ObservationLayout
from segue.features.catalog.transitions import TRANSITION_NAMES, TRANSITION_NEUTRAL
from segue.features.errors import UserError


@dataclass(frozen=True)
class ObservationSpec:
    """The names behind an observation's axes, without the pool size: agents play in pools of any size."""

    feature_names: tuple[str, ...]
    """Axis F of `candidates`."""
    transition_names: tuple[str, ...]
    """Axis T of `transitions`."""
    transition_neutral: tuple[float, ...]
    """The value of each transition feature that means "no change"."""
    context_blocks: tuple[tuple[str, int], ...]
    """Name and width of the blocks of `context`, in order."""
    durations: bool = False
    """Whether `durations` are observed."""

    @classmethod
    def from_layout(cls, layout: ObservationLayout) -> "ObservationSpec":
        """Reads the names from an environment's layout."""
        neutral = dict(zip(TRANSITION_NAMES, TRANSITION_NEUTRAL.tolist(), strict=True))
        # Columns of a block are named "block" or "block.feature", and are adjacent.
        widths = Counter(name.partition(".")[0] for name in layout.context_names)
        return cls(
            tuple(layout.feature_names),
            tuple(layout.transition_names),
            tuple(neutral[name] for name in layout.transition_names),
            tuple(widths.items()),
            layout.has_durations,
        )

    @property
    def context_size(self) -> int:
        """The length C of `context`."""
        return sum(width for _, width in self.context_blocks)

    def context_slice(self, name: str) -> slice:
        """Returns the position of a block in `context`.

        Raises:
            UserError: There is no such block.
        """
        start = 0
        for block, width in self.context_blocks:
            if block == name:
                return slice(start, start + width)
            start += width
        raise UserError(
            f"The context has no block {name!r}; it has {', '.join(b for b, _ in self.context_blocks)}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Converts it to plain lists and strings, for saving."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ObservationSpec":
        """Reads what `to_dict` returned."""
        blocks = tuple((str(name), int(width)) for name, width in data["context_blocks"])
        return cls(
            tuple(data["feature_names"]),
            tuple(data["transition_names"]),
            tuple(data["transition_neutral"]),
            blocks,
            bool(data.get("durations", False)),
        )

    def require_same(self, other: "ObservationSpec", agent: str) -> None:
        """Refuses an environment whose observations have other names.

        Args:
            other: The names in the observations of the environment in question.
            agent: The agent's name, for the message.

        Raises:
            UserError: Features, transition features, context or tables differ; the message names them.
        """
        pairs = [
            ("features", self.feature_names, other.feature_names),
            ("transition features", self.transition_names, other.transition_names),
            ("context blocks", *(tuple(f"{n}[{w}]" for n, w in o.context_blocks) for o in (self, other))),
            ("tables", *(("durations",) * o.durations for o in (self, other))),
        ]
        for kind, trained, found in pairs:
            if trained != found:
                raise UserError(
                    f"Agent {agent!r} was trained on other {kind}: {_difference(trained, found):.400}."
                )


def _difference(trained: Sequence[str], found: Sequence[str]) -> str:
    lacking = [name for name in trained if name not in found]
    unknown = [name for name in found if name not in trained]
    parts = [f"this environment lacks {', '.join(lacking)}"] if lacking else []
    parts += [f"the agent never saw {', '.join(unknown)}"] if unknown else []
    return " and ".join(parts) or f"the agent needs them in the order {', '.join(trained)}"
