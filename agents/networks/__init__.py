"""The candidate scorer, the policies built on it, and the inputs they read from an observation."""
