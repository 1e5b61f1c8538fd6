"""The search for better settings of a learned agent."""
