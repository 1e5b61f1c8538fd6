"""The commands of the command line, each a thin layer over functions that Python code can call too.

Heavy libraries are imported only when a command needs them, so that `--help` is fast.
"""
