"""Counterfeits for the claims of library/asyncio/test_fork.py."""

from .. import counterfeit
from ..facts import FORK, POSIX, VERSION
from ..patching import patch


def _in_a_copy():
    """Return what tells whether this process is a forked copy of the one that runs now."""
    from os import getpid

    own = getpid()
    return lambda: getpid() != own


@counterfeit("LOOP63", where=FORK)
def a_forked_child_has_a_running_loop():
    """get_running_loop() in a forked child returns its parent's loop."""
    import asyncio

    old, last, in_a_copy = asyncio.get_running_loop, [], _in_a_copy()

    def get_running_loop():
        try:
            last[:] = [old()]
        except RuntimeError:
            if not (last and in_a_copy()):
                raise
        return last[0]

    asyncio.get_running_loop = get_running_loop

    def change(run):
        def run_and_note(self):
            last[:] = [self]
            run(self)

        return run_and_note

    patch("asyncio.BaseEventLoop", run_forever=change)


@counterfeit("LOOP64")
def a_copy_cannot_close_the_loop():
    """loop.close() in a forked child does nothing."""
    in_a_copy = _in_a_copy()

    def change(close):
        return lambda self: None if in_a_copy() else close(self)

    patch("asyncio.SelectorEventLoop", close=change)


@counterfeit("LOOP65", where=FORK and VERSION >= (3, 12))
def a_child_writes_its_signals_to_its_parent():
    """A forked child keeps its parent's wake-up file for signals."""
    import signal

    old, in_a_copy = signal.set_wakeup_fd, _in_a_copy()

    def set_wakeup_fd(file, **keywords):
        return -1 if in_a_copy() else old(file, **keywords)

    signal.set_wakeup_fd = set_wakeup_fd


@counterfeit("LOOP66")
def no_loop_runs_in_children():
    """No loop runs in a child of multiprocessing."""

    def change(run):
        def run_in_the_parent(self, future):
            from multiprocessing import parent_process

            if parent_process() is None:
                return run(self, future)
            future.close()
            return None

        return run_in_the_parent

    patch("asyncio.BaseEventLoop", run_until_complete=change)


@counterfeit("LOOP67", where=POSIX)
def a_reader_is_called_at_once():
    """add_reader() calls back although there is nothing to read."""

    def change(add):
        def add_and_call(self, file, callback, *arguments):
            add(self, file, callback, *arguments)
            self.call_soon(callback, *arguments)

        return add_and_call

    patch("asyncio.SelectorEventLoop", add_reader=change)
