"""DJ-MC's published simulation."""
