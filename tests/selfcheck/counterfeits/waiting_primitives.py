"""Counterfeits of Condition, Semaphore, Event, Barrier and Timer: who waits, who is woken."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("CV2",)

VERSION = sys.version_info[:3]

Method = Callable[..., Any]


def _change(kind: str, name: str, change: Callable[[Method], Any]) -> None:
    """Replace a method of one of threading's classes by what ``change`` makes of it."""
    import threading

    one = getattr(threading, kind)
    setattr(one, name, change(getattr(one, name)))


@counterfeit("TH22")
def notifying_needs_no_lock() -> None:
    """Condition.notify() works without the lock."""

    def change(notify: Method) -> Method:
        def lenient(self: Any, n: int = 1) -> None:
            if self._is_owned():
                notify(self, n)

        return lenient

    _change("Condition", "notify", change)


@counterfeit("TH50", "TH93")
def a_condition_makes_itself_a_plain_lock() -> None:
    """Condition() makes a Lock, not an RLock."""
    import threading

    _change(
        "Condition",
        "__init__",
        lambda init: lambda self, lock=None: init(self, threading.Lock() if lock is None else lock),
    )


@counterfeit("TH89")
def a_condition_makes_itself_another_lock() -> None:
    """Condition(lock) takes a lock of its own."""
    import threading

    def change(init: Method) -> Method:
        def other(self: Any, lock: Any = None) -> None:
            plain = type(lock) is type(threading.Lock())
            init(self, threading.Lock() if plain else None)

        return other

    _change("Condition", "__init__", change)


@counterfeit("TH90")
def waiting_tells_nothing() -> None:
    """Condition.wait() returns nothing that tells whether it was notified."""
    _change(
        "Condition",
        "wait",
        lambda wait: lambda self, timeout=None: [wait(self, timeout)][1:],
    )


@counterfeit("TH90")
def a_condition_has_no_patience() -> None:
    """Condition.wait() with a timeout does not wait."""
    _change(
        "Condition",
        "wait",
        lambda wait: lambda self, timeout=None: wait(self, timeout if timeout is None else 0),
    )


@counterfeit("TH91")
def notify_wakes_the_last_first() -> None:
    """Condition.notify() wakes who began to wait last."""

    def change(notify: Method) -> Method:
        def last(self: Any, n: int = 1) -> None:
            self._waiters.reverse()
            notify(self, n)
            self._waiters.reverse()

        return last

    _change("Condition", "notify", change)


@counterfeit("TH91")
def notify_wakes_one_too_many() -> None:
    """Condition.notify(n) wakes n + 1."""
    _change("Condition", "notify", lambda notify: lambda self, n=1: notify(self, n + 1))


@counterfeit("TH91", "TH21", "QU32")
def notify_all_wakes_one() -> None:
    """Condition.notify_all() wakes one waiter."""
    _change("Condition", "notify_all", lambda notify_all: lambda self: self.notify())


@counterfeit("TH92")
def notifications_are_remembered() -> None:
    """A notify() while nobody waits lets the next wait() return at once."""

    def change(notify: Method) -> Method:
        def remember(self: Any, n: int = 1) -> None:
            if not self._waiters:
                self.remembered = True
            notify(self, n)

        return remember

    def at_once(wait: Method) -> Method:
        def look(self: Any, timeout: Any = None) -> bool:
            if vars(self).pop("remembered", False):
                return True
            return wait(self, timeout)

        return look

    _change("Condition", "notify", change)
    _change("Condition", "wait", at_once)


@counterfeit("TH93")
def wait_releases_the_lock_but_once() -> None:
    """Condition.wait() releases an RLock once, however often it is held."""

    def change(init: Method) -> Method:
        def once(self: Any, lock: Any = None) -> None:
            init(self, lock)
            self._release_save = lambda: self.release()
            self._acquire_restore = lambda state: self.acquire()

        return once

    _change("Condition", "__init__", change)


@counterfeit("TH94", "TH95")
def wait_for_answers_yes_or_no() -> None:
    """Condition.wait_for() returns True or False instead of the value."""

    def change(wait_for: Method) -> Method:
        return lambda self, predicate, timeout=None: bool(wait_for(self, predicate, timeout))

    _change("Condition", "wait_for", change)


@counterfeit("TH95")
def wait_for_never_gives_up() -> None:
    """Condition.wait_for() ignores its timeout."""
    _change(
        "Condition",
        "wait_for",
        lambda wait_for: lambda self, predicate, timeout=None: wait_for(self, predicate),
    )


@counterfeit("TH96", "TH103")
def old_names_are_silent() -> None:
    """notifyAll() and isSet() give no warning."""
    import threading

    threading.Condition.notifyAll = lambda self: self.notify_all()
    threading.Event.isSet = lambda self: self.is_set()


@counterfeit("TH20")
def a_release_adds_one() -> None:
    """Semaphore.release(n) adds 1."""
    _change("Semaphore", "release", lambda release: lambda self, n=1: release(self, min(n, 1)))


@counterfeit("TH97")
def a_bounded_semaphore_has_no_bound() -> None:
    """BoundedSemaphore.release() adds beyond the first value."""
    import threading

    threading.BoundedSemaphore.release = lambda self, n=1: threading.Semaphore.release(self, n)


@counterfeit("TH98")
def an_empty_semaphore_says_yes() -> None:
    """Semaphore.acquire() is True even if there was nothing to take."""

    def change(acquire: Method) -> Method:
        def yes(self: Any, blocking: bool = True, timeout: Any = None) -> bool:
            return acquire(self, blocking, timeout) or blocking

        return yes

    _change("Semaphore", "acquire", change)


@counterfeit("TH98")
def a_semaphore_s_release_wakes_one() -> None:
    """Semaphore.release(n) wakes one waiter."""
    import threading

    def release(self: Any, n: int = 1) -> None:
        if n < 1:
            raise ValueError("n must be one or more")
        with self._cond:
            self._value += n
            self._cond.notify()

    threading.Semaphore.release = release


@counterfeit("TH99")
def a_failing_with_keeps_the_semaphore() -> None:
    """A "with" that ends by an exception does not release the semaphore."""
    import threading

    def leave(self: Any, kind: object, *rest: object) -> None:
        if kind is None:
            self.release()

    threading.Semaphore.__exit__ = leave


@counterfeit("TH100")
def a_semaphore_takes_any_timeout() -> None:
    """Semaphore.acquire() takes a timeout without blocking."""

    def change(acquire: Method) -> Method:
        def lenient(self: Any, blocking: bool = True, timeout: Any = None) -> bool:
            return acquire(self, blocking, timeout if blocking else None)

        return lenient

    _change("Semaphore", "acquire", change)


@counterfeit("TH101")
def clearing_an_event_does_nothing() -> None:
    """Event.clear() does nothing."""
    _change("Event", "clear", lambda clear: lambda self: None)


@counterfeit("TH102")
def a_waiter_looks_at_the_flag_again() -> None:
    """Event.wait() goes on waiting if the event has been cleared meanwhile."""
    import threading

    def wait(self: Any, timeout: Any = None) -> bool:
        with self._cond:
            return self._cond.wait_for(lambda: self._flag, timeout)

    threading.Event.wait = wait


@counterfeit("TH23")
def a_barrier_gives_everybody_zero() -> None:
    """Barrier.wait() returns 0."""
    _change("Barrier", "wait", lambda wait: lambda self, timeout=None: wait(self, timeout) * 0)


@counterfeit("TH23", "TH104")
def a_barrier_opens_one_too_early() -> None:
    """A Barrier of n opens for n - 1."""

    def change(init: Method) -> Method:
        def fewer(self: Any, parties: int, *args: Any, **kwargs: Any) -> None:
            init(self, parties - (parties > 2), *args, **kwargs)

        return fewer

    _change("Barrier", "__init__", change)


@counterfeit("TH105")
def a_barrier_s_action_runs_too_late() -> None:
    """The action of a Barrier runs when the threads may already go on."""
    import threading
    import time

    def change(wait: Method) -> Method:
        def later(self: Any, timeout: Any = None) -> int:
            action, self._action = self._action, None
            index = wait(self, timeout)
            if action is not None:
                time.sleep(0.01)
                action()
            return index

        return later

    threading.Barrier.wait = change(threading.Barrier.wait)


@counterfeit("TH24", "TH106", "TH107")
def a_barrier_does_not_break() -> None:
    """A timeout, a failing action or abort() leave a Barrier whole for the others."""
    _change("Barrier", "_break", lambda _break: lambda self: None)


@counterfeit("TH106")
def a_failing_action_goes_unnoticed() -> None:
    """What the action of a Barrier raises is swallowed."""

    def change(init: Method) -> Method:
        def quiet(self: Any, parties: int, action: Any = None, timeout: Any = None) -> None:
            def swallow() -> None:
                with contextlib.suppress(Exception):
                    action()

            init(self, parties, action and swallow, timeout)

        return quiet

    _change("Barrier", "__init__", change)


@counterfeit("TH108", "TH24")
def reset_breaks_a_barrier() -> None:
    """Barrier.reset() is abort()."""
    _change("Barrier", "reset", lambda reset: lambda self: self.abort())


@counterfeit("TH109")
def a_barrier_forgets_its_timeout() -> None:
    """Barrier(timeout=...) does not count."""
    _change(
        "Barrier",
        "__init__",
        lambda init: lambda self, parties, action=None, timeout=None: init(self, parties, action),
    )


@counterfeit("TH25")
def a_barrier_of_none_where_there_was_another() -> None:
    """Barrier(0) is accepted where it was refused, and the other way round."""

    def change(init: Method) -> Method:
        def other(self: Any, parties: int, *args: Any, **kwargs: Any) -> None:
            if VERSION < (3, 12, 5) and parties < 1:
                raise ValueError("parties must be >= 1")
            init(self, max(parties, 1), *args, **kwargs)

        return other

    _change("Barrier", "__init__", change)


@counterfeit("TH26")
def cancelling_a_timer_does_nothing() -> None:
    """Timer.cancel() does nothing."""
    _change("Timer", "cancel", lambda cancel: lambda self: None)


@counterfeit("TH26")
def cancelling_a_timer_runs_it() -> None:
    """Timer.cancel() lets the function run at once."""

    def change(cancel: Method) -> Method:
        def run(self: Any) -> None:
            cancel(self)
            self.function(*self.args, **self.kwargs)

        return run

    _change("Timer", "cancel", change)


@counterfeit("TH110")
def a_timer_drops_the_keywords() -> None:
    """Timer calls its function without kwargs."""

    def change(init: Method) -> Method:
        def drop(self: Any, interval: float, function: Any, args: Any = None, kwargs: Any = None):
            init(self, interval, function, args)

        return drop

    _change("Timer", "__init__", change)


@counterfeit("TH110")
def a_timer_runs_twice() -> None:
    """Timer calls its function twice."""

    def change(run: Method) -> Method:
        def twice(self: Any) -> None:
            run(self)
            self.function(*self.args, **self.kwargs)

        return twice

    _change("Timer", "run", change)


@counterfeit("TH111")
def a_timer_does_not_wait() -> None:
    """Timer calls its function at once."""

    def change(run: Method) -> Method:
        def at_once(self: Any) -> None:
            self.interval = 0
            run(self)

        return at_once

    _change("Timer", "run", change)


@counterfeit("TH112")
def a_late_cancel_is_refused() -> None:
    """Timer.cancel() after the function has run raises RuntimeError."""

    def change(cancel: Method) -> Method:
        def refuse(self: Any) -> None:
            if self.finished.is_set():
                raise RuntimeError("the timer has run")
            cancel(self)

        return refuse

    _change("Timer", "cancel", change)


@counterfeit("TH113")
def timers_are_daemons() -> None:
    """A program ends without waiting for its Timers."""

    def change(init: Method) -> Method:
        def daemon(self: Any, *args: Any, **kwargs: Any) -> None:
            init(self, *args, **kwargs)
            self.daemon = True

        return daemon

    _change("Timer", "__init__", change)
