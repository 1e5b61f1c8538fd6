"""Recording of sessions with the probability of every action, for learning and evaluation from logs."""

from segue.experiments.recording.dataset import Recording, record

__all__ = ["Recording", "record"]
