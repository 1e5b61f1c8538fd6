"""The simulated listener: the terms of its utility, its response to a track, and its departure."""
