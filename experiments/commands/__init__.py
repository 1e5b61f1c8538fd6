"""What the command line can do: each command is a thin face on functions that Python can call too.

Nothing here imports a heavy library before a command needs it, so that `--help` comes at once.
"""
