"""Planning for a known listener: beam search and local search."""
