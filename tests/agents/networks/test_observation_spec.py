import pytest

from segue.agents.networks.observation_spec import ObservationSpec
from segue.features.errors import UserError


@pytest.fixture
def specs(scalar_env):
    """The names in observations with durations and without."""
    envs = (scalar_env(observe_durations=observed) for observed in (True, False))
    return [ObservationSpec.from_layout(env.unwrapped.layout) for env in envs]


def test_observations_with_durations_are_others_than_those_without(specs):
    with_durations, without = specs
    with_durations.require_same(with_durations, "mine")
    without.require_same(without, "mine")
    with pytest.raises(UserError, match="other tables: this environment lacks durations"):
        with_durations.require_same(without, "mine")
    with pytest.raises(UserError, match="other tables: the agent never saw durations"):
        without.require_same(with_durations, "mine")


def test_a_specification_survives_saving(specs):
    for spec in specs:
        assert ObservationSpec.from_dict(spec.to_dict()) == spec


def test_models_of_earlier_versions_were_trained_without_durations(specs):
    saved = specs[1].to_dict()
    del saved["durations"]
    assert ObservationSpec.from_dict(saved) == specs[1]
