"""What watches the sessions of an evaluation: the times, traits and explanations that a run records."""
