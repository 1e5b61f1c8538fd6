"""A study: its file, its plan, its folder and its tables."""
