"""What the sections of a study file have in common: labels, the types of values, and no unknown keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from segue.experiments.study.file_format.limits import MAX_LABEL, MAX_SEEDS
from segue.features.existing_files import is_yaml


def wrong_at(at: tuple[str | int, ...], message: str) -> PydanticCustomError:
    """Builds the error of a check over several keys, with the position of the key to fix."""
    return PydanticCustomError("study", "{message}", {"message": message, "at": at})


def _not_boolean(value: Any) -> Any:
    """Refuses true and false where a number is needed; Python takes them for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _count_to_seeds(value: Any) -> Any:
    """Expands `seeds: 5` to `seeds: [0, 1, 2, 3, 4]`."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if value < 1:
        raise ValueError("a number of seeds must be at least 1")
    if value > MAX_SEEDS:
        raise ValueError(f"a number of seeds must be at most {MAX_SEEDS:,}")
    return list(range(value))


def _distinct(seeds: list[int]) -> list[int]:
    """Refuses a seed that is listed twice, whose run would be counted twice."""
    if len(set(seeds)) < len(seeds):
        raise ValueError("the same seed is listed twice")
    return seeds


Whole = Annotated[int, BeforeValidator(_not_boolean)]
"""A whole number."""
Seed = Annotated[Whole, Field(ge=0, lt=2**31)]
"""The seed of a run."""
Seeds = Annotated[
    list[Seed],
    BeforeValidator(_count_to_seeds),
    AfterValidator(_distinct),
    Field(min_length=1, max_length=MAX_SEEDS),
]
"""Seeds of runs, a list or a count."""
Split = Literal["train", "test"]
"""Part of the catalogue and of the listeners."""


class Section(BaseModel):
    """A section of a study file: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Labelled(Section):
    """A section of a study that tables and figures refer to by its label.

    `vary` expands it to several variants, see `segue.experiments.study.variants`.
    """

    label: str = Field(
        default="", max_length=MAX_LABEL, description="A short name for tables and figures; unique."
    )
    vary: dict[str, Any] = Field(
        default={},
        exclude=True,
        description="Values to try, such as `settings.pool_size: [20, 50]`: one variant per value.",
    )
    variant_of: str = Field(default="", description="Filled in: the label that all variants share.")
    variant: dict[str, Any] = Field(default={}, description="Filled in: the varied values by name.")

    @model_validator(mode="before")
    @classmethod
    def _default_label(cls, data: Any) -> Any:
        """Fills in the label if the file gives none."""
        if isinstance(data, dict):
            label = cls.label_of(data)
            data = {**data, "label": label, "variant_of": data.get("variant_of") or label}
        return data

    @classmethod
    def label_of(cls, data: dict[str, Any]) -> Any:
        """Returns the label of a section as the file gives it, or its default label."""
        given = data.get("label")
        return cls.short_name(data) if given in (None, "") else given

    @classmethod
    def short_name(cls, data: dict[str, Any]) -> str:
        """Returns the default label of a section."""
        return text_of(data.get("name"))


def written_keys(model: type[BaseModel]) -> list[str]:
    """Returns the keys of a section that a study file may have."""
    return [key for key in model.model_fields if key not in ("variant_of", "variant")]


def text_of(value: Any) -> str:
    """Returns text unchanged and nothing for anything else, whose own key is refused."""
    return value if isinstance(value, str) else ""


def environment_name(env_id: str) -> str:
    """Shortens `segue/Playlist-v0` to `Playlist`, and the file `mine/commute.yaml` to `commute`."""
    name = env_id.split("/")[-1]
    return (Path(name).stem if is_yaml(name) else name).rsplit("-v", 1)[0]
