"""Files and folders: written whole, with their provenance."""
