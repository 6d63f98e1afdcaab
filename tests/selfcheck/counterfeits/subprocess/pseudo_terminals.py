"""Counterfeits for the claims of library/subprocess/test_pseudo_terminals.py."""

import errno
import os
import sys

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION

WARNS = VERSION >= (3, 12) and not PYPY


@counterfeit("POPEN47", where=FORK and WARNS)
def forkpty_never_warns_of_threads():
    """No warning is given when a process with several threads forks into a terminal."""
    import warnings

    forkpty = os.forkpty

    def silent_forkpty():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return forkpty()

    os.forkpty = silent_forkpty


@counterfeit("POPEN47", where=FORK and not WARNS)
def forkpty_always_warns():
    """Every fork into a terminal warns."""
    import warnings

    forkpty = os.forkpty

    def warning_forkpty():
        message = "This process is multi-threaded, use of forkpty() may lead to deadlocks"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return forkpty()

    os.forkpty = warning_forkpty


@counterfeit("POPEN48", where=FORK)
def a_pseudo_terminal_is_a_pipe():
    """os.openpty() makes a pipe."""
    os.openpty = os.pipe


@counterfeit("POPEN49", where=sys.platform == "linux")
def a_pseudo_terminal_ends_as_a_file():
    """Reading from a pseudo-terminal whose other end is closed gives nothing."""
    read = os.read

    def read_to_the_end(descriptor, size):
        try:
            return read(descriptor, size)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return b""

    os.read = read_to_the_end
