"""Reading what people write: times, gaps, filters, curves and names of tracks."""
