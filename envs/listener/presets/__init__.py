"""Listeners written down, one YAML file each."""
