"""Counterfeits for the claims of library/multiprocessing/test_process_child.py."""

import sys

from .. import counterfeit
from ..facts import FORK, VERSION
from .shared import around_run


@counterfeit("PROC06")
def a_text_given_to_sys_exit_is_lost():
    """A child that calls sys.exit(text) exits with 1, but prints nothing."""

    def wrap(self, run):
        try:
            run()
        except SystemExit as leaving:
            raise SystemExit(1 if isinstance(leaving.code, str) else leaving.code) from None

    around_run(wrap)


@counterfeit("PROC04")
def an_exception_is_not_printed():
    """A child whose target raises exits with 1, but prints nothing."""

    def wrap(self, run):
        try:
            run()
        except LookupError:
            raise SystemExit(1) from None

    around_run(wrap)


@counterfeit("PROC05", "PROC04")
def a_child_calls_sys_excepthook():
    """An exception in a child goes to sys.excepthook."""

    def wrap(self, run):
        try:
            run()
        except LookupError:
            sys.excepthook(*sys.exc_info())
            raise SystemExit(1) from None

    around_run(wrap)


@counterfeit("PROC03", "PROC04", "PROC27")
def a_child_does_not_know_its_name():
    """current_process().name is "Process" in every child."""

    def wrap(self, run):
        self._name = "Process"
        run()

    around_run(wrap)


@counterfeit("PROC03")
def every_process_is_number_one():
    """The name of every process that is given none ends in 1."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_number_one(self, group=None, target=None, name=None, *rest, **others):
        make(self, group, target, name or f"{type(self).__name__}-1", *rest, **others)

    process.BaseProcess.__init__ = make_number_one


@counterfeit("PROC03")
def every_process_is_called_process():
    """The name of a process does not tell its class."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_named(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        self._name = self._name.replace(type(self).__name__, "Process")

    process.BaseProcess.__init__ = make_named


@counterfeit("PROC07")
def a_child_reads_the_parents_stdin():
    """A child keeps the standard input of its parent."""
    from multiprocessing import util

    util._close_stdin = lambda: None


@counterfeit("PROC08")
def a_child_forgets_what_it_has_printed():
    """A child does not flush its standard output at its end."""
    from multiprocessing import util

    util._flush_std_streams = lambda: None


@counterfeit("PROC08")
def a_child_is_flushed_in_any_case():
    """os._exit() flushes the standard output first."""
    import os

    leave = os._exit

    def flush_and_leave(status):
        sys.stdout.flush()
        leave(status)

    os._exit = flush_and_leave


@counterfeit("PROC09")
def threads_of_a_child_are_left():
    """A child does not join its threads at its end."""
    import os

    def wrap(self, run):
        run()
        sys.stdout.flush()
        os._exit(0)

    around_run(wrap)


@counterfeit("PROC10", where=VERSION >= (3, 13))
def a_child_keeps_the_exit_handlers_of_its_parent():
    """A forked child runs the exit handlers that it has inherited."""
    import atexit

    atexit._clear = lambda: None


@counterfeit("PROC03", where=FORK)
def siblings_are_children():
    """A forked child takes the other children of its parent for its own."""
    from multiprocessing import process

    bootstrap, after_fork, siblings = (
        process.BaseProcess._bootstrap,
        process.BaseProcess._after_fork,
        [],
    )

    def remember(self, parent_sentinel=None):
        siblings[:] = process._children
        return bootstrap(self, parent_sentinel)

    def adopt():
        after_fork()
        process._children.update(siblings)

    process.BaseProcess._bootstrap = remember
    process.BaseProcess._after_fork = staticmethod(adopt)
