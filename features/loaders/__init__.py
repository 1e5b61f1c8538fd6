"""Reading catalogues that other programs wrote."""
