"""Statistics: point estimates, intervals, and the tables of a study computed from its sessions."""
