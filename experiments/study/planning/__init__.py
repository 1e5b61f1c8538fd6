"""Looks at the plan of a study before anything is run: what it costs, and whether its agents can be built."""
