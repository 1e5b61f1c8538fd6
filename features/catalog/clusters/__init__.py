"""Clusters of tracks, computed once and kept between processes."""
