"""Data that ships with segue, and the script that rebuilds it."""
