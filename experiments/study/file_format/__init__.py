"""The format of a study file: what its sections have in common, its limits, paths into it, and its errors."""
