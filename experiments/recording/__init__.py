"""Recording of sessions with the probability of every action, for learning and evaluation from logs."""
