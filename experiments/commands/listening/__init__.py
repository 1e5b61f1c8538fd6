"""Commands on listening logs: convert and describe them, record them, and fit listeners to them."""
