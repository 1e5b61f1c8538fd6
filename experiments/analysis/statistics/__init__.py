"""Statistics over runs, whose intervals hold for few runs too."""
