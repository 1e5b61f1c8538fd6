"""One training and one evaluation, and all that decides their numbers."""
