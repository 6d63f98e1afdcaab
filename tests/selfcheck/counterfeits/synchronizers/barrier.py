"""Counterfeits for the claims on barriers of threads, of processes and of managers."""

import contextlib

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("BARRIER11", "BARRIER04", "BARRIER08", "BARRIER09")
def a_managers_barrier_does_nothing_else():
    """A Manager's Barrier has no action and no timeout, and is not reset."""
    import threading
    from multiprocessing import managers

    def make(parties, action=None, timeout=None):
        return threading.Barrier(parties, timeout=30)

    managers.SyncManager.register("Barrier", make, managers.BarrierProxy)
    managers.BarrierProxy.reset = lambda self: None


@counterfeit("SYNC10", "BARRIER01", "BARRIER05", "BARRIER08")
def barriers_count_from_one():
    """The indices of a Barrier are 1 to n."""
    patch(
        "multiprocessing.synchronize.Barrier",
        wait=lambda wait: lambda self, timeout=None: wait(self, timeout) + 1,
    )


@counterfeit("SYNC10", "BARRIER01", "BARRIER07", "BARRIER10")
def barriers_are_open():
    """Barrier.wait() does not wait."""
    patch("multiprocessing.synchronize.Barrier", wait=lambda wait: lambda self, timeout=None: 0)


@counterfeit("BARRIER06", "BARRIER07")
def barriers_cannot_be_aborted():
    """Barrier.abort() does nothing."""
    patch("multiprocessing.synchronize.Barrier", abort=lambda abort: lambda self: None)


@counterfeit("BARRIER10")
def barriers_need_a_party():
    """Barrier(0) raises ValueError."""

    def change(init):
        def strict(self, parties, *args, **options):
            if parties < 1:
                raise ValueError("parties must be >= 1")
            init(self, parties, *args, **options)

        return strict

    patch("multiprocessing.synchronize.Barrier", __init__=change)


@counterfeit("BARRIER03")
def the_action_of_a_barrier_is_forgotten():
    """A Barrier never calls its action."""
    patch(
        "multiprocessing.synchronize.Barrier",
        __init__=lambda init: (
            lambda self, parties, action=None, timeout=None, **options: init(
                self, parties, None, timeout, **options
            )
        ),
    )


@counterfeit("BARRIER03")
def all_do_the_action_of_a_barrier():
    """Each of the waiters calls the action, when it goes on."""

    def init(old):
        def make(self, parties, action=None, *args, **options):
            old(self, parties, None, *args, **options)
            self.late = action or (lambda: None)

        return make

    def wait(old):
        def act(self, timeout=None):
            index = old(self, timeout)
            self.late()
            return index

        return act

    patch("multiprocessing.synchronize.Barrier", __init__=init, wait=wait)


@counterfeit("BARRIER01", "SYNC10")
def nobody_waits_at_a_barrier():
    """Barrier.n_waiting is always 0."""
    from multiprocessing.synchronize import Barrier

    Barrier.n_waiting = property(lambda self: 0)


@counterfeit("BARRIER05")
def barriers_wait_for_ever():
    """Barrier.wait() knows no timeout."""
    patch(
        "multiprocessing.synchronize.Barrier",
        wait=lambda wait: lambda self, timeout=None: wait(self, 9999),
    )


@counterfeit("BARRIER09")
def barriers_have_no_timeout_of_their_own():
    """Barrier(timeout=...) is ignored."""
    patch(
        "multiprocessing.synchronize.Barrier",
        __init__=lambda init: (
            lambda self, parties, action=None, timeout=None, **options: init(
                self, parties, action, None, **options
            )
        ),
    )


@counterfeit("BARRIER05")
def barriers_give_up_at_once():
    """Barrier.wait(timeout) does not wait as long."""
    patch(
        "multiprocessing.synchronize.Barrier",
        wait=lambda wait: lambda self, timeout=None: wait(self, timeout and timeout / 9),
    )


@counterfeit("BARRIER08")
def broken_barriers_stay_broken():
    """Barrier.reset() does nothing to a broken one."""
    patch(
        "multiprocessing.synchronize.Barrier",
        reset=lambda reset: lambda self: None if self.broken else reset(self),
    )


@counterfeit("BARRIER06", "BARRIER05", "BARRIER10", "BARRIER04")
def no_barrier_looks_broken():
    """Barrier.broken is always False."""
    from multiprocessing.synchronize import Barrier

    Barrier.broken = property(lambda self: False)


@counterfeit("BARRIER02")
def a_barrier_gives_everybody_zero():
    """Barrier.wait() returns 0."""
    patch("threading.Barrier", wait=lambda wait: lambda self, timeout=None: wait(self, timeout) * 0)


@counterfeit("BARRIER02", "BARRIER01")
def a_barrier_opens_one_too_early():
    """A Barrier of n opens for n - 1."""

    def change(init):
        def fewer(self, parties, *args, **kwargs):
            init(self, parties - (parties > 2), *args, **kwargs)

        return fewer

    patch("threading.Barrier", __init__=change)


@counterfeit("BARRIER03")
def a_barrier_s_action_runs_too_late():
    """The action of a Barrier runs when the threads may already go on."""
    import threading
    import time

    def change(wait):
        def later(self, timeout=None):
            action, self._action = self._action, None
            index = wait(self, timeout)
            if action is not None:
                time.sleep(0.01)
                action()
            return index

        return later

    threading.Barrier.wait = change(threading.Barrier.wait)


@counterfeit("BARRIER05", "BARRIER04", "BARRIER06")
def a_barrier_does_not_break():
    """A timeout, a failing action or abort() leave a Barrier whole for the others."""
    patch("threading.Barrier", _break=lambda _break: lambda self: None)


@counterfeit("BARRIER04")
def a_failing_action_goes_unnoticed():
    """What the action of a Barrier raises is swallowed."""

    def change(init):
        def quiet(self, parties, action=None, timeout=None):
            def swallow():
                with contextlib.suppress(Exception):
                    action()

            init(self, parties, action and swallow, timeout)

        return quiet

    patch("threading.Barrier", __init__=change)


@counterfeit("BARRIER08", "BARRIER05")
def reset_breaks_a_barrier():
    """Barrier.reset() is abort()."""
    patch("threading.Barrier", reset=lambda reset: lambda self: self.abort())


@counterfeit("BARRIER09")
def a_barrier_forgets_its_timeout():
    """Barrier(timeout=...) does not count."""
    patch(
        "threading.Barrier",
        __init__=lambda init: (
            lambda self, parties, action=None, timeout=None: init(self, parties, action)
        ),
    )


@counterfeit("BARRIER10")
def a_barrier_of_none_where_there_was_another():
    """Barrier(0) is accepted where it was refused, and the other way round."""

    def change(init):
        def other(self, parties, *args, **kwargs):
            if VERSION < (3, 12, 5) and parties < 1:
                raise ValueError("parties must be >= 1")
            init(self, max(parties, 1), *args, **kwargs)

        return other

    patch("threading.Barrier", __init__=change)
