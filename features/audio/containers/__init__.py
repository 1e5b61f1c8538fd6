"""What the containers of audio files state beside the sound: lengths and tags."""
