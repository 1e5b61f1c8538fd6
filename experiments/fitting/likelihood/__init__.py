"""The listener as a statistical model: its parameters, the likelihood of plays, and its maximum."""
