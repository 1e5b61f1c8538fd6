"""Makes the runs of a study, in parallel and only once."""
