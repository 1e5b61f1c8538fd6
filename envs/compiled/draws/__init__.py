"""Random numbers as functions of a key and a counter, and what is drawn from them."""
