"""Reference agents with more knowledge than an observation: of the listener, or of the population."""
