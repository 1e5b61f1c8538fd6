"""The simulated listener: terms of a utility, a response to it and a decision to leave."""
