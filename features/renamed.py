"""Names that version 0.2 changed, so that files written for version 0.1 are refused with the new name."""

RENAMED = {
    # Agents.
    "posterior": "belief-planner",
    "shuffle-best": "oracle-shuffled",
    # Settings of agents.
    "blind": "ablate",
    "kinds": "soft_clusters",
    "moments": "time_basis",
    "directions": "interactions",
    "remembers": "use_session_estimates",
    "practice": "domain_randomization",
    "keep": "buffer_rounds",
    # Terms and rewards of listeners.
    "arc": "energy_arc",
    "remembrance": "peak_end",
    "remembered": "peak_end",
    # Keys of study files and names of studies.
    "answers": "tables",
    "taught": "imitation",
}
"""The new name by the old one."""

RENAMED_PREFIXES = {"roughness_": "transition_distance_", "reward_": "utility_"}
"""The new beginning of the columns of metrics by the old one."""


def new_name(name: str) -> str | None:
    """Returns what a name of version 0.1 is called now; None if it was not renamed."""
    for old, new in RENAMED_PREFIXES.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return RENAMED.get(name)
