"""Limits of a study, checked before anything is built; real studies stay far below them."""

MAX_ENTRIES = 200
"""Environments, and agents, variants included."""
MAX_PAIRS = 5_000
"""Environments times agents."""
MAX_SEEDS = 1_000
"""Seeds of an agent."""
MAX_RUNS = 20_000
"""Runs, one per environment, agent and seed."""
MAX_EPISODES = 100_000
"""Sessions of a run."""
MAX_VALIDATION = 512
"""Validation sessions of a training, which are played side by side."""
MAX_STEPS = 1_000_000_000
"""Steps of a training."""
MAX_RESAMPLES = 100_000
"""Simulated studies that calibrate simultaneous intervals."""
MAX_TABLES = 100
"""Requested tables."""
MAX_LABEL = 200
"""Characters of a name, label or title."""
MAX_DESCRIPTION = 5_000
"""Characters of a description."""
