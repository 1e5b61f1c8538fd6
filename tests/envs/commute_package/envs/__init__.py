"""Custom environments; the folder name envs does not clash with segue.envs."""
