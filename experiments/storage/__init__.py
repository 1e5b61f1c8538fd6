"""Files and folders that are written atomically, with their provenance."""
