"""The listener: named terms summed to a utility, a response model and a departure model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from segue.envs.compiled.play_amount import PLAY_AMOUNTS
from segue.envs.listener.checked_settings import as_mapping, as_subject, checked_settings, finite_number
from segue.envs.listener.departure import AbandonHazard
from segue.envs.listener.response import ResponseModel, SkipHazard
from segue.envs.listener.term import Term, TermContext
from segue.envs.listener.terms import TERMS, term_class
from segue.envs.registration.entry_points import load_named
from segue.features.errors import UserError, unknown_name


def build(cls: type, settings: dict[str, Any], what: str) -> Any:
    """Constructs a dataclass from settings.

    Args:
        cls: The dataclass.
        settings: Values of its fields.
        what: Name of the object in error messages.

    Raises:
        UserError: If a setting is unknown, missing or of the wrong type.
    """
    values = checked_settings(cls, settings, what)
    try:
        return cls(**values)
    except TypeError as error:
        raise UserError(f"{as_subject(what)}: {error}.") from None


def build_term(name: str, settings: dict[str, Any] | None) -> Term:
    """Constructs one term from its settings.

    Args:
        name: Name of the term in the configuration; names a built-in term unless there is a `term` setting.
        settings: Fields of the term, and optionally `term`: a built-in name or `"module:Class"`.
    """
    settings = as_mapping(settings, f"Term {name}")
    kind = str(settings.pop("term", name))
    if kind in TERMS:
        cls = term_class(kind)
    elif ":" in kind:
        cls = load_named(kind, f"term {name}")
    else:
        raise unknown_name("listener term", kind, TERMS)
    if not (isinstance(cls, type) and issubclass(cls, Term)):
        raise UserError(
            f"Term {name}: {kind} is not a subclass of segue.envs.Term; name a class that inherits it."
        )
    term: Term = build(cls, settings, f"term {name}")
    term.weight = finite_number(term.weight, f"Term {name}: weight")
    return term


def build_response(settings: dict[str, Any] | None) -> ResponseModel:
    """Constructs the response from its settings.

    Args:
        settings: Fields of `SkipHazard`; or `model`, the `"module:Class"` of a custom response, and its
            fields.
    """
    settings = as_mapping(settings, "Response")
    model = settings.pop("model", None)
    cls = SkipHazard if model is None else load_named(str(model), "response")
    fits = isinstance(cls, type) and issubclass(cls, ResponseModel) and dataclasses.is_dataclass(cls)
    if not fits:
        raise UserError(f"Response: {model} is not a dataclass that inherits segue.envs.ResponseModel.")
    response: ResponseModel = build(cls, settings, "response")
    return response


@dataclass
class Listener:
    """A population of listeners.

    Attributes:
        terms: Name to term; the utility is the listener's bias plus the weighted sum of the terms.
        bias: Mean over listeners of the constant part of the utility.
        bias_spread: Standard deviation over listeners of that constant.
        play_amount: What a play adds to the stocks and memories of the terms: `"fraction"`, the fraction
            heard; `"any"`, 1 however short it was; or `"completed"`, 1 if it was heard to its end, else 0.
        response: How much of a track is heard, given its utility.
        departure: When the listener ends the session.
    """

    terms: dict[str, Term]
    bias: float = 0.0
    bias_spread: float = 0.0
    play_amount: str = "fraction"
    response: ResponseModel = field(default_factory=SkipHazard)
    departure: AbandonHazard = field(default_factory=AbandonHazard)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Listener:
        """Builds a listener from a preset's dictionary.

        Terms of weight 0 are left out, and with them those that only work on them.

        Raises:
            UserError: If a setting is unknown or has a wrong value or type.
        """
        allowed = ("terms", "bias", "bias_spread", "play_amount", "response", "departure")
        for key in config:
            if key not in allowed:
                raise unknown_name("listener setting", key, allowed)
        play_amount = str(config.get("play_amount", "fraction"))
        if play_amount not in PLAY_AMOUNTS:
            raise unknown_name("play_amount of the listener", play_amount, PLAY_AMOUNTS)
        settings = as_mapping(config.get("terms"), "Listener: terms")
        terms = {name: build_term(name, values) for name, values in settings.items()}
        off = {name for name, term in terms.items() if term.weight == 0}
        off |= {name for name, term in terms.items() if off & set(term.works_on)}
        spread = finite_number(config.get("bias_spread", 0.0), "Listener: bias_spread")
        if spread < 0:
            raise UserError(f"Listener: bias_spread must be 0 or more, but is {spread}.")
        return cls(
            terms={name: term for name, term in terms.items() if name not in off},
            bias=finite_number(config.get("bias", 0.0), "Listener: bias"),
            bias_spread=spread,
            play_amount=play_amount,
            response=build_response(config.get("response")),
            departure=build(AbandonHazard, as_mapping(config.get("departure"), "Departure"), "departure"),
        )

    def bind(self, context: TermContext) -> None:
        """Binds every term to the catalogue and assigns its columns.

        Raises:
            UserError: If a term needs a feature or another term that is missing.
        """
        for name, term in self.terms.items():
            context.catalog.require(term.needs, needed_by=f"term {name}")
            for other in term.works_on:
                if other not in self.terms:
                    raise UserError(f"Term {name} works on {other}: add {other!r} to the terms.")
            term.bind(context)
        self.draw_columns = _columns(self.terms, "n_draws", start=1)
        self.hidden_columns = _columns(self.terms, "n_hidden", start=1)
        self.state_columns = _columns(self.terms, "n_state")
        self.n_draws = 1 + sum(term.n_draws for term in self.terms.values())
        self.n_hidden = 1 + sum(term.n_hidden for term in self.terms.values())
        self.n_state = sum(term.n_state for term in self.terms.values())


def _columns(terms: dict[str, Term], attribute: str, start: int = 0) -> dict[str, slice]:
    columns = {}
    for name, term in terms.items():
        width = getattr(term, attribute)
        columns[name] = slice(start, start + width)
        start += width
    return columns
