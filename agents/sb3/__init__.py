"""The adapter to Stable-Baselines3, and what it records of training."""
