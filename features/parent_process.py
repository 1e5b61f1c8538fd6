"""The end of a worker process with its parent; imports nothing, so that workers can begin with it."""

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


def end_with_parent(parent: int) -> None:
    """Lets Linux kill this process as soon as its parent ends, even while it runs compiled code.

    Args:
        parent: Process id of the parent; if it is no longer the parent, this process ends at once.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)
