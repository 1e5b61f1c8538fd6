"""The parts of a listener's utility, one file each."""
