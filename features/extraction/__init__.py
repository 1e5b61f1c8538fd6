"""Extraction: from a folder of audio files to a catalogue file."""
