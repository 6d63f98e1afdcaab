"""Counterfeits for the claims of library/deployment/test_daemons.py."""

import contextlib
import os
import sys

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT
from .shared import start_the_other_way

LINUX = sys.platform == "linux"


@counterfeit("DEPLOY28", where=FORK and not FORKS_BY_DEFAULT)
def a_daemon_starts_the_other_way():
    """The default method is another one in a process that does not lead its session."""
    start_the_other_way(lambda process: process._target is int and os.getsid(0) != os.getpid())


@counterfeit("DEPLOY28", where=FORKS_BY_DEFAULT)
def a_daemon_starts_nothing():
    """A process that does not lead its session cannot start another one."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_or_refuse(self):
        if self._target is int and os.getsid(0) != os.getpid():
            raise ChildProcessError(10, "No child processes")
        start(self)

    process.BaseProcess.start = start_or_refuse


@counterfeit("DEPLOY29", where=FORK)
def a_proxy_is_the_processes_that_made_it():
    """A Manager's proxy is refused in another process than the one that has made it."""
    from multiprocessing import managers

    own, call = os.getpid(), managers.BaseProxy._callmethod

    def call_at_home(self, *arguments, **keywords):
        if os.getpid() != own:
            raise ConnectionRefusedError(111, "Connection refused")
        return call(self, *arguments, **keywords)

    managers.BaseProxy._callmethod = call_at_home


@counterfeit("DEPLOY30", where=FORK)
def exit_handlers_forget_the_children():
    """A program ends neither its daemonic children at its exit, nor does it join the others."""
    from multiprocessing import util

    ended = util._exit_function
    ended.__defaults__ = tuple(
        (lambda: ()) if getattr(one, "__name__", "") == "active_children" else one
        for one in ended.__defaults__
    )


@counterfeit("DEPLOY31", where=LINUX)
def python_handles_sigterm():
    """Python has a handler for SIGTERM from the start."""
    import signal

    signal.signal(signal.SIGTERM, lambda *_: os._exit(5))


@counterfeit("DEPLOY32", where=LINUX)
def asking_for_children_reaps_orphans():
    """multiprocessing.active_children() reaps every child that has ended."""
    import multiprocessing

    ask = multiprocessing.active_children

    def ask_and_reap():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        return ask()

    multiprocessing.active_children = ask_and_reap
