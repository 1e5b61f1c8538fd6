"""Similarity of tracks by sound: neighbours, clusters, duplicates and timbre divergence."""
