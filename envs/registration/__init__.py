"""Registration of environments, and loading of the entry points that settings name."""
