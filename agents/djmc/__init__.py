"""DJ-MC (Liebman, Saar-Tsechansky and Stone 2015)."""
