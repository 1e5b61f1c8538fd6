"""Learning algorithms around the networks."""
