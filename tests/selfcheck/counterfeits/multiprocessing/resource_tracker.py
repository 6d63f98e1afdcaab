"""Counterfeits for the claims of library/multiprocessing/test_resource_tracker.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch

#: Whether the tracker may be called again while it is at work (gh-131788).
REENTRANT = VERSION >= (3, 14, 1) or (3, 13, 7) <= VERSION < (3, 14)

COPIES_WAIT = (
    not PYPY
    and (3, 12, 10) <= VERSION < (3, 14, 1)
    and not (3, 13, 0) <= VERSION < (3, 13, 3)
    and not (3, 13, 10) <= VERSION < (3, 14)
)


@counterfeit("TRACKER01", "SHM13", "TRACKER04", "TRACKER10")
def the_tracker_removes_nothing():
    """The resource tracker warns of blocks that were left, and leaves them."""
    from multiprocessing import resource_tracker

    resource_tracker._CLEANUP_FUNCS["shared_memory"] = lambda name: None


def _warn_of(change):
    """Let the tracker, and who starts it, warn of what ``change(message)`` returns, if anything."""
    import types
    import warnings
    from multiprocessing import resource_tracker

    def warn(message, *args, **keywords):
        changed = change(str(message))
        if changed:
            warnings.warn(changed, *args, **keywords)

    resource_tracker.warnings = types.SimpleNamespace(warn=warn)


@counterfeit("TRACKER03", "TRACKER04")
def the_tracker_does_not_mind_semaphores():
    """The resource tracker does not warn of semaphores."""
    _warn_of(lambda message: "" if "semaphore" in message else message)


@counterfeit("TRACKER03")
def the_tracker_keeps_semaphores():
    """The resource tracker warns of semaphores, and unlinks none."""
    from multiprocessing import resource_tracker

    resource_tracker._CLEANUP_FUNCS["semaphore"] = lambda name: None


@counterfeit("TRACKER02", where=VERSION >= (3, 13))
def the_tracker_names_nothing():
    """The resource tracker's warning does not say what has leaked."""
    _warn_of(lambda message: message.partition(" at shutdown")[0])


@counterfeit("TRACKER09")
def a_tracker_is_replaced_in_silence():
    """Nobody warns of a resource tracker that has died."""
    _warn_of(lambda message: "" if "died unexpectedly" in message else message)


@counterfeit("TRACKER05")
def the_tracker_forgets_nothing():
    """unregister() tells the resource tracker nothing."""
    from multiprocessing import resource_tracker

    resource_tracker.unregister = lambda name, kind: None


@counterfeit("TRACKER06", "TRACKER07")
def the_tracker_is_always_needed():
    """Every child and every lock starts the resource tracker."""
    from multiprocessing import popen_fork, resource_tracker, synchronize

    for kind in (popen_fork.Popen, synchronize.SemLock):
        original = kind.__init__

        def __init__(self, *args, original=original, **keywords):
            resource_tracker.ensure_running()
            original(self, *args, **keywords)

        kind.__init__ = __init__


@counterfeit("TRACKER08")
def the_tracker_obeys_signals():
    """SIGTERM and SIGINT end the resource tracker."""
    import signal
    import types
    from multiprocessing import resource_tracker

    shim = types.SimpleNamespace(**vars(signal))
    shim.signal = lambda number, handler: signal.signal(number, signal.SIG_DFL)
    resource_tracker.signal = shim


@counterfeit("TRACKER11", where=not COPIES_WAIT)
def a_copy_of_a_process_complains():
    """A child that was forked prints that it has waited in vain."""
    import os

    told = b"ChildProcessError: [Errno 10] No child processes\n"
    os.register_at_fork(after_in_child=lambda: os.write(2, told))


@counterfeit("TRACKER11", where=COPIES_WAIT)
def a_copy_of_a_process_does_not_wait():
    """Nobody waits for the resource tracker at the end."""
    from multiprocessing import resource_tracker

    del resource_tracker.ResourceTracker.__del__


@counterfeit("TRACKER12", where=not REENTRANT)
def the_tracker_puts_off_what_comes_while_it_is_at_work():
    """A resource tracker that is called while it is at work sends the message with the next one."""
    kept = []

    def change(send):
        def send_later(self, *words):
            kept.append(words)
            while kept and not self._lock._is_owned():
                send(self, *kept.pop(0))

        return send_later

    patch("multiprocessing.resource_tracker.ResourceTracker", _send=change)


@counterfeit("TRACKER12", where=REENTRANT)
def the_tracker_complains_while_it_is_at_work():
    """A resource tracker that is called while it is at work warns of it."""
    import warnings

    def change(send):
        def send_and_warn(self, *words):
            if self._lock._is_owned():
                warnings.warn("called reentrantly", stacklevel=1)
            send(self, *words)

        return send_and_warn

    patch("multiprocessing.resource_tracker.ResourceTracker", _send=change)


@counterfeit("TRACKER13", where=not PYPY)
def unlink_tells_no_tracker():
    """SharedMemory.unlink() does not unregister the block."""
    from multiprocessing import shared_memory

    shared_memory.SharedMemory.unlink = lambda self: shared_memory._posixshmem.shm_unlink(
        self._name
    )


@counterfeit("TRACKER13", where=PYPY)
def unlink_tells_a_tracker_twice():
    """Who unlinks a block prints the KeyError of CPython's tracker."""
    import sys

    def change(unlink):
        def unlink_and_complain(self):
            unlink(self)
            print(f"KeyError: '{self._name}'", file=sys.stderr)

        return unlink_and_complain

    patch("multiprocessing.shared_memory.SharedMemory", unlink=change)
