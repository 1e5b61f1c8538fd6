"""Files of logs, opened as streams and read in pieces."""
