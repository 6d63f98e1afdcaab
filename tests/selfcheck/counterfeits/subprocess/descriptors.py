"""Counterfeits for the claims of library/subprocess/test_descriptors.py."""

import sys

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch


@counterfeit("POPEN39", where=POSIX)
def children_have_all_that_is_inheritable():
    """By default close_fds is False."""

    def change(init):
        return lambda self, *args, **keywords: init(self, *args, **{"close_fds": False, **keywords})

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN40", where=POSIX)
def nothing_is_passed():
    """pass_fds is ignored."""

    def change(init):
        return lambda self, *args, pass_fds=(), **keywords: init(self, *args, **keywords)

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN56", where=sys.platform == "linux")
def what_is_busy_is_read_by_the_shell():
    """A program that the system does not execute, since it is busy, is given to the shell."""
    import errno

    def change(execute):
        def execute_or_hand_over(self, args, *others):
            try:
                execute(self, args, *others)
            except OSError as error:
                if error.errno != errno.ETXTBSY:
                    raise
                execute(self, ["/bin/sh", *args], *others)

        return execute_or_hand_over

    patch("subprocess.Popen", _execute_child=change)
