"""Audio to tables: what segue knows of a track and of the step between two tracks."""
