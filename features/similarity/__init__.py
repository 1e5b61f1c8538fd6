"""Which tracks sound alike."""
