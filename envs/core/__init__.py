"""The batched core: settings, the state of a batch of sessions, and how they step."""
