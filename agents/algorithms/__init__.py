"""Learning algorithms and the factories that build them around the networks."""
