"""Descriptors of processes, for specs of what can be done with one."""

import os

from tests.harness import Inconclusive


def pidfd_of(pid: int) -> int:
    """Return a descriptor of the process; raise Inconclusive where the system refuses it.

    Raises AttributeError where Python was built with the headers of Linux before 5.3.
    """
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise Inconclusive(f"Linux before 5.3, or a sandbox, refuses pidfds: {error}") from None
