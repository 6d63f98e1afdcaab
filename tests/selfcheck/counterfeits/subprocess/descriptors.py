"""Counterfeits for the claims of library/subprocess/test_descriptors.py."""

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
