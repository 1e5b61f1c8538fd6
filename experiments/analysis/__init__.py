"""Statistics: point estimates, intervals, and the tables that they make of a study's sessions."""
