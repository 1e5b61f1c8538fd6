"""Environments of my own; that the folder is called envs does not clash with segue.envs."""
