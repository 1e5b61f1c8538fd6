"""A folder of audio files to a catalogue file."""
