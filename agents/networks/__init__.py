"""The candidate scorer, its policies, and what they know of an observation."""
