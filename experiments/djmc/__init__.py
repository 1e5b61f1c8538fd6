"""The simulation published with DJ-MC."""
