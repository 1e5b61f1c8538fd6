"""The adapter to Stable-Baselines3, and the learning curve of training."""
