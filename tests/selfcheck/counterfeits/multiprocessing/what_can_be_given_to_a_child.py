"""Counterfeits for the claims of library/multiprocessing/test_what_can_be_given_to_a_child.py."""

import os

from .. import counterfeit
from ..facts import FORK


@counterfeit(*"MP18 N4.04 MX17 CX39 MX06 X07 MX77 CX10".split(), where=FORK)
def spawn_forks():
    """Processes of the spawn context are forked."""
    from multiprocessing import context

    context.SpawnProcess._Popen = context.ForkProcess._Popen


@counterfeit("MX94")
def a_target_gets_no_keyword_arguments():
    """Process.run() forgets kwargs."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: self._target and self._target(*self._args)


@counterfeit("MX97", where=FORK)
def registered_reducers_are_forgotten():
    """ForkingPickler.register() does nothing."""
    from multiprocessing import reduction

    reduction.ForkingPickler.register = classmethod(lambda cls, kind, reduce: None)


@counterfeit("MX98", where=FORK)
def a_context_keeps_its_reducer():
    """The reducer of a context cannot be replaced."""
    from multiprocessing import context, reduction

    context.BaseContext.reducer = property(lambda self: reduction, lambda self, value: None)


@counterfeit("MX91", "MX92", where=FORK)
def descriptors_are_duplicated_from_zero():
    """What DupFd gives the child is the descriptor of its standard input."""
    from multiprocessing import resource_sharer

    resource_sharer.DupFd.detach = lambda self: os.dup(0)
    from multiprocessing import reduction

    class Zero:
        def __init__(self, fd):
            pass

        def detach(self):
            return os.open(os.devnull, os.O_RDWR)

    reduction.DupFd = Zero
