"""The loops of the batched core, compiled by numba.

The terms keep their plain NumPy form, which is the reference that these loops are tested against and
the form that a user's own term takes.
"""
