"""Registration: names for environments, and the entry points that settings name."""
