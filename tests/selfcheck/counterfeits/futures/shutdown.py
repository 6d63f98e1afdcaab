"""Counterfeits for the claims of library/futures/test_shutdown.py."""

from .. import counterfeit
from .shared import BOTH, patch_executors, patch_submit


@counterfeit("EXEC13", "EXEC18", "TEXEC16")
def submit_never_refuses():
    """submit() returns a future even after shutdown()."""
    from concurrent.futures import Future

    def change(submit):
        def accept(self, fn, /, *args, **kwargs):
            try:
                return submit(self, fn, *args, **kwargs)
            except RuntimeError:
                return Future()

        return accept

    patch_submit(BOTH, change)


def _shutdown(change):
    """Let ``change(wait, cancel_futures)`` change how executors are shut down."""

    def wrap(shutdown):
        def changed(self, wait=True, *, cancel_futures=False):
            wait, cancel_futures = change(wait, cancel_futures)
            shutdown(self, wait, cancel_futures=cancel_futures)

        return changed

    patch_executors(BOTH, "shutdown", wrap)


@counterfeit("EXEC14", "TEXEC16")
def shutdown_never_waits():
    """shutdown() waits for nothing unless it cancels."""
    _shutdown(lambda wait, cancel: (wait and cancel, cancel))


@counterfeit("EXEC15")
def shutdown_always_waits():
    """shutdown(wait=False) waits."""
    _shutdown(lambda wait, cancel: (True, cancel))


@counterfeit("EXEC16")
def shutdown_never_cancels():
    """shutdown(cancel_futures=True) cancels nothing."""
    _shutdown(lambda wait, cancel: (wait, False))


@counterfeit("EXEC14", "EXEC15", "TEXEC16")
def shutdown_always_cancels():
    """shutdown() cancels what is pending."""
    _shutdown(lambda wait, cancel: (wait, True))


@counterfeit("EXEC17")
def the_end_of_a_program_cancels_what_is_pending():
    """Tasks that are pending when the program ends are not done."""
    import threading

    pools = []

    def change(init):
        def note(self, *args, **options):
            if not pools:
                threading._register_atexit(cancel)
            pools.append(self)
            init(self, *args, **options)

        return note

    def cancel():
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)

    patch_executors(BOTH, "__init__", change)
