"""The adapter to Stable-Baselines3, and what is recorded of a training."""
