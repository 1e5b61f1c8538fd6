"""What all tests share."""

import gc
import os
import signal

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right. The same tree gives
# the same examples; the scripts in tests/fuzz look for others.
settings.register_profile("segue", deadline=None, derandomize=True)
settings.load_profile("segue")

# A shell that runs the suite in the background makes it ignore interrupts, and with it what it interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests start about a hundred Python processes; without byte code each would compile its imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish():
    """Spares the garbage collector the half million objects of the imports and the tests, which stay."""
    gc.collect()
    gc.freeze()
