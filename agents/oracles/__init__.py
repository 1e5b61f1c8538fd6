"""Agents that know more than an observation shows: the listener, or the population."""
