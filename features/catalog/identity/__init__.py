"""What tracks have in common: an artist, a recording, a group of the split."""
