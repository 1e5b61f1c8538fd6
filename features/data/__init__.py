"""Data that ship with segue, and the scripts that rebuild them."""
