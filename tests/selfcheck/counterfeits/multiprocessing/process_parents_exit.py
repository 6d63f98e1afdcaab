"""Counterfeits for the claims of library/multiprocessing/test_process_parents_exit.py."""

import sys

from .. import counterfeit
from ..patching import patch
from .shared import around_run


@counterfeit("EXIT14", "EXIT16")
def a_program_leaves_its_children_behind():
    """A program ends without joining or terminating its children."""
    import atexit
    from multiprocessing import util

    atexit.unregister(util._exit_function)


@counterfeit("EXIT16")
def the_exit_status_is_lost():
    """A program that has children exits with 0."""
    import atexit
    import os

    def leave():
        if sys.argv[0].endswith("program.py"):
            sys.stdout.flush()
            os._exit(0)

    atexit.register(leave)


@counterfeit("EXIT17")
def daemons_may_have_children():
    """A daemonic process may start a child."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_anyway(self):
        config = process.current_process()._config
        daemon, config["daemon"] = config.get("daemon", False), False
        start(self)
        config["daemon"] = daemon

    process.BaseProcess.start = start_anyway


@counterfeit("EXIT17", "EXIT18")
def a_child_does_not_know_that_it_is_a_daemon():
    """current_process().daemon is False in every child."""

    def wrap(self, run):
        self._config["daemon"] = False
        run()

    around_run(wrap)


@counterfeit("EXIT19", "PROC03")
def a_parent_seems_dead_while_it_lives():
    """parent_process().is_alive() says the opposite."""
    from multiprocessing import process

    alive = process._ParentProcess.is_alive
    process._ParentProcess.is_alive = lambda self: not alive(self)


@counterfeit("EXIT20", where=sys.platform == "linux")
def prctl_does_nothing():
    """The C library's prctl() does nothing."""

    def change(find):
        return lambda self, name: (lambda *_: 0) if name == "prctl" else find(self, name)

    patch("ctypes.CDLL", __getattr__=change)
