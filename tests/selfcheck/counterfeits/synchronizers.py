"""Counterfeits of multiprocessing's locks, semaphores, conditions, events and barriers."""

import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")

Method = Callable[..., Any]
SINCE_314 = sys.version_info >= (3, 14)


def _wrap(*kinds: str, **changes: Callable[[Any, Method], Method]) -> None:
    """Replace acquire and release of these classes by what the functions make of them.

    Each function gets the lock and its method.
    """
    from multiprocessing import synchronize

    make = synchronize.SemLock._make_methods

    def make_others(self: Any) -> None:
        make(self)
        if type(self).__name__ in kinds:
            for name, change in changes.items():
                setattr(self, name, change(self, getattr(self, name)))

    synchronize.SemLock._make_methods = make_others


ALL = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")


@counterfeit("SY01")
def a_free_lock_can_be_released() -> None:
    """release() of a Lock that nobody holds does nothing."""

    def change(self: Any, release: Method) -> Method:
        def lenient() -> None:
            if self._semlock._is_zero():
                release()

        return lenient

    _wrap("Lock", release=change)


@counterfeit("SY01", "SY02")
def a_wrong_release_is_a_runtime_error() -> None:
    """release() that is not allowed raises RuntimeError, as threading's does."""

    def change(self: Any, release: Method) -> Method:
        def other() -> None:
            try:
                release()
            except (AssertionError, ValueError) as error:
                raise RuntimeError(str(error)) from None

        return other

    _wrap("Lock", "RLock", release=change)


@counterfeit("SY01")
def only_its_process_may_release_a_lock() -> None:
    """release() of a Lock by another process than its owner's raises ValueError."""

    def change(self: Any, release: Method) -> Method:
        def strict() -> None:
            if self._semlock._is_zero() and not self._semlock._is_mine():
                raise ValueError("the lock is another's")
            release()

        return strict

    _wrap("Lock", release=change)


@counterfeit("SY02")
def anybody_may_release_an_rlock() -> None:
    """release() of an RLock by who does not own it does nothing."""

    def change(self: Any, release: Method) -> Method:
        def lenient() -> None:
            if self._semlock._is_mine():
                release()

        return lenient

    _wrap("RLock", release=change)


@counterfeit("SY03")
def locks_cannot_tell_or_could_before() -> None:
    """locked() is always False since 3.14, and exists before."""
    from multiprocessing import synchronize

    synchronize.SemLock.locked = (
        (lambda self: False) if SINCE_314 else (lambda self: self._semlock._is_zero())
    )


@counterfeit("SY03", where=SINCE_314)
def locked_tells_of_other_threads_only() -> None:
    """locked() is True only if another thread has the lock."""
    from multiprocessing import synchronize

    synchronize.SemLock.locked = lambda self: (
        self._semlock._is_zero() and not self._semlock._is_mine()
    )


@counterfeit("SY01", "SY04", "SY07", "SY10", "SY13", "SY14", "SY15")
def processes_are_not_kept_out() -> None:
    """acquire() lets everybody in."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: acquire(False) or True

    _wrap(*ALL, acquire=change)


@counterfeit("SY13", "SY14")
def who_waits_for_a_lock_gives_up() -> None:
    """acquire() without a timeout is False after ten milliseconds."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: acquire(block, 0.01 if timeout is None else timeout)

    _wrap(*ALL, acquire=change)


@counterfeit("SY07")
def the_dead_release_their_locks() -> None:
    """A process that leaves by os._exit() releases what it holds."""
    import os

    held: list[Any] = []

    def change(self: Any, acquire: Method) -> Method:
        def remember(block: bool = True, timeout: float | None = None) -> bool:
            got = acquire(block, timeout)
            if got:
                held.append(self)
            return bool(got)

        return remember

    leave = os._exit

    def release_and_leave(status: int) -> None:
        if status == 3:
            for lock in held:
                lock.release()
        leave(status)

    os._exit = release_and_leave
    _wrap(*ALL, acquire=change)


@counterfeit("SY08")
def acquire_takes_blocking() -> None:
    """acquire() takes the keyword blocking too."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None, blocking=True: acquire(block and blocking, timeout)

    _wrap(*ALL, acquire=change)


@counterfeit("SY09", "SY17")
def locks_have_a_plain_repr() -> None:
    """repr() of a lock is that of any object."""
    from multiprocessing import synchronize

    for name in ALL:
        getattr(synchronize, name).__repr__ = object.__repr__


@counterfeit("SY09")
def every_owner_is_this_process() -> None:
    """repr() of a Lock that is taken names this process."""
    from multiprocessing import current_process, synchronize

    synchronize.Lock.__repr__ = lambda self: (
        f"<Lock(owner={current_process().name if self._semlock._is_zero() else None})>"
    )


@counterfeit("SY10")
def negative_timeouts_are_errors() -> None:
    """acquire() with a negative timeout raises ValueError."""

    def change(self: Any, acquire: Method) -> Method:
        def strict(block: bool = True, timeout: float | None = None) -> bool:
            if timeout is not None and timeout < 0:
                raise ValueError("a negative timeout")
            return bool(acquire(block, timeout))

        return strict

    _wrap(*ALL, acquire=change)


@counterfeit("SY10")
def minus_one_is_for_ever() -> None:
    """acquire(timeout=-1) waits for ever."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: acquire(block, None if timeout == -1 else timeout)

    _wrap(*ALL, acquire=change)


@counterfeit("SY14")
def acquire_does_not_wait_for_its_timeout() -> None:
    """acquire() with a timeout does not wait."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: acquire(block and timeout is None)

    _wrap(*ALL, acquire=change)


@counterfeit("SY14", "SY07", "SY04", "SY10", "SY13")
def acquire_ignores_its_timeout() -> None:
    """acquire() with a timeout waits for ever."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: acquire(block)

    _wrap(*ALL, acquire=change)


@counterfeit("SY13", "SY01")
def acquire_returns_nothing() -> None:
    """acquire() that succeeds returns None."""

    def change(self: Any, acquire: Method) -> Method:
        return lambda block=True, timeout=None: None if acquire(block, timeout) else False

    _wrap(*ALL, acquire=change)


@counterfeit("SY15")
def exceptions_leave_locks_taken() -> None:
    """A with block that is left by an exception does not release its lock."""
    from multiprocessing import synchronize

    leave = synchronize.SemLock.__exit__
    synchronize.SemLock.__exit__ = lambda self, kind=None, *rest: (
        None if kind else leave(self, kind, *rest)
    )


@counterfeit("SY15")
def locks_are_recursive() -> None:
    """A Lock is an RLock."""
    from multiprocessing import synchronize

    init = synchronize.SemLock.__init__

    def recursive(self: Any, kind: int, *args: Any, **options: Any) -> None:
        if type(self) is synchronize.Lock:
            kind = synchronize.RECURSIVE_MUTEX
        init(self, kind, *args, **options)

    synchronize.SemLock.__init__ = recursive


@counterfeit("SY15", "SY16")
def rlocks_are_not_recursive() -> None:
    """acquire() of an RLock by its owner is False, or waits for ever."""

    def change(self: Any, acquire: Method) -> Method:
        def once(block: bool = True, timeout: float | None = None) -> bool:
            return not self._semlock._is_mine() and bool(acquire(block, timeout))

        return once

    _wrap("RLock", acquire=change)


@counterfeit("SY16")
def one_release_frees_an_rlock() -> None:
    """release() frees an RLock however often it has been acquired."""

    def change(self: Any, release: Method) -> Method:
        def free() -> None:
            for _ in range(max(self._semlock._count(), 1)):
                release()

        return free

    _wrap("RLock", release=change)


def _init(kind: str, change: Callable[[int], int]) -> None:
    """Change the value with which semaphores of this kind start."""
    from multiprocessing import synchronize

    one = getattr(synchronize, kind)
    init = one.__init__
    one.__init__ = lambda self, value=1, *, ctx: init(self, change(value), ctx=ctx)


@counterfeit("SY04", "SY05", "SY17")
def semaphores_have_a_permit_more() -> None:
    """A Semaphore starts with a permit too many."""
    _init("Semaphore", lambda value: value + 1)


@counterfeit("SY05", "SY17")
def bounded_semaphores_have_no_bound() -> None:
    """A BoundedSemaphore is a Semaphore."""
    from multiprocessing import synchronize

    synchronize.BoundedSemaphore.__init__ = lambda self, value=1, *, ctx: (
        synchronize.Semaphore.__init__(self, value, ctx=ctx)
    )


@counterfeit("SY05")
def semaphores_are_bounded() -> None:
    """A Semaphore does not exceed the value that it started with."""

    def change(self: Any, release: Method) -> Method:
        def bounded() -> None:
            if self.get_value() < 2:
                release()

        return bounded

    _wrap("Semaphore", release=change)


@counterfeit("SY17")
def get_value_counts_who_is_inside() -> None:
    """get_value() is off by one."""
    from multiprocessing import synchronize

    synchronize.Semaphore.get_value = lambda self: self._semlock._get_value() - 1


@counterfeit("SY18")
def negative_semaphores_are_empty() -> None:
    """Semaphore(-1) is Semaphore(0)."""
    _init("Semaphore", lambda value: max(value, 0))


@counterfeit("SY18")
def negative_semaphores_are_value_errors() -> None:
    """Semaphore(-1) raises ValueError."""

    def check(value: int) -> int:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        return value

    _init("Semaphore", check)
    _init("BoundedSemaphore", check)


def _condition(**changes: Callable[[Method], Method]) -> None:
    """Replace methods of Condition by what the functions make of them."""
    from multiprocessing.synchronize import Condition

    for name, change in changes.items():
        setattr(Condition, name, change(getattr(Condition, name)))


@counterfeit("SY19")
def conditions_raise_runtime_error() -> None:
    """wait() and notify() without the lock raise RuntimeError."""

    def change(method: Method) -> Method:
        def other(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._lock._semlock._is_mine():
                raise RuntimeError("the lock is not held")
            return method(self, *args, **kwargs)

        return other

    _condition(wait=change, notify=change)


@counterfeit("SY20", "SY26")
def notify_wakes_all() -> None:
    """notify() wakes all who wait."""
    _condition(notify=lambda notify: lambda self, n=1: notify(self, 99))


@counterfeit("SY20")
def notify_wakes_one() -> None:
    """notify(n) wakes one of those who wait."""
    _condition(notify=lambda notify: lambda self, n=1: notify(self, n if n > 99 else 1))


@counterfeit("SY20", "SY26", "SY06", "SY22", "SY24")
def notify_wakes_nobody() -> None:
    """notify() and notify_all() wake nobody."""
    _condition(notify=lambda notify: lambda self, n=1: None)


@counterfeit("SY20", "SY26")
def notify_all_wakes_all_but_two() -> None:
    """notify_all() wakes at most two, and lets two sleep on."""
    _condition(
        notify_all=lambda notify_all: (
            lambda self: self.notify(min(2, max(0, self._sleeping_count.get_value() - 2)))
        )
    )


@counterfeit("SY21", "SY24", "SY28")
def a_wait_that_times_out_is_true() -> None:
    """wait() is True, whether it was notified or not."""
    from multiprocessing import synchronize

    _condition(wait=lambda wait: lambda self, timeout=None: wait(self, timeout) or True)
    wait = synchronize.Event.wait
    synchronize.Event.wait = lambda self, timeout=None: wait(self, timeout) or True


@counterfeit("SY21")
def wait_keeps_the_lock() -> None:
    """wait(timeout) does not release the lock."""

    def change(wait: Method) -> Method:
        def keep(self: Any, timeout: float | None = None) -> bool:
            if timeout is None:
                return bool(wait(self))
            return bool(self._wait_semaphore.acquire(True, timeout))

        return keep

    _condition(wait=change)


@counterfeit("SY21")
def wait_takes_back_one_level() -> None:
    """After wait() the lock has been acquired once, however often it was before."""

    def change(wait: Method) -> Method:
        def once(self: Any, timeout: float | None = None) -> bool:
            got = wait(self, timeout)
            while self._lock._semlock._count() > 1:
                self._lock.release()
            return bool(got)

        return once

    _condition(wait=change)


@counterfeit("SY21", "SY22", "SY24", "SY28")
def waiting_never_times_out() -> None:
    """wait(timeout) waits until it is notified."""
    _condition(wait=lambda wait: lambda self, timeout=None: wait(self))


@counterfeit("SY21", "SY28")
def waiting_times_out_at_once() -> None:
    """wait(timeout) does not wait."""
    _condition(wait=lambda wait: lambda self, timeout=None: wait(self, timeout and 0))


@counterfeit("SY22")
def wait_for_returns_a_bool() -> None:
    """wait_for() returns True or False."""
    _condition(
        wait_for=lambda wait_for: (
            lambda self, predicate, timeout=None: bool(wait_for(self, predicate, timeout))
        )
    )


@counterfeit("SY22")
def wait_for_asks_once() -> None:
    """wait_for() returns after the first notify(), whatever the predicate says."""

    def wait_for(self: Any, predicate: Method, timeout: float | None = None) -> Any:
        if not predicate():
            self.wait(timeout)
        return predicate()

    _condition(wait_for=lambda old: wait_for)


@counterfeit("SY23")
def conditions_make_their_own_lock() -> None:
    """Condition(lock) ignores the lock."""
    _condition(__init__=lambda init: lambda self, lock=None, *, ctx: init(self, ctx=ctx))


@counterfeit("SY24")
def a_process_keeps_its_notifications() -> None:
    """notify() without anybody who waits lets in the next one that does."""
    owed: list[Any] = []

    def notify(old: Method) -> Method:
        def remember(self: Any, n: int = 1) -> None:
            if self._sleeping_count.get_value() == self._woken_count.get_value():
                owed.append(self)
            old(self, n)

        return remember

    def wait(old: Method) -> Method:
        def collect(self: Any, timeout: float | None = None) -> bool:
            if self in owed:
                owed.remove(self)
                return True
            return bool(old(self, timeout))

        return collect

    _condition(notify=notify, wait=wait)


@counterfeit("SY25")
def notify_does_not_wait_for_the_sleepers() -> None:
    """notify() returns without having seen that those it wakes have woken."""

    def notify(self: Any, n: int = 1) -> None:
        while n and self._sleeping_count.acquire(False):
            self._wait_semaphore.release()
            n -= 1

    _condition(notify=lambda old: notify)


@counterfeit("SY11")
def events_have_a_plain_repr() -> None:
    """repr() of an Event does not say whether it is set."""
    from multiprocessing import synchronize

    synchronize.Event.__repr__ = object.__repr__


@counterfeit("SY11")
def every_event_looks_set() -> None:
    """repr() of an Event says that it is set."""
    from multiprocessing import synchronize

    synchronize.Event.__repr__ = lambda self: f"<Event at {id(self):#x} set>"


@counterfeit("SY27", "SY28")
def an_event_wakes_one() -> None:
    """Event.set() wakes one of those who wait."""
    from multiprocessing import synchronize

    def set_once(self: Any) -> None:
        with self._cond:
            self._flag.acquire(False)
            self._flag.release()
            self._cond.notify()

    synchronize.Event.set = set_once


@counterfeit("SY27", "SY28")
def an_event_is_unset_by_who_waited() -> None:
    """Event.wait() takes what was set."""
    from multiprocessing import synchronize

    wait = synchronize.Event.wait

    def take(self: Any, timeout: float | None = None) -> bool:
        got = wait(self, timeout)
        self.clear()
        return bool(got)

    synchronize.Event.wait = take


@counterfeit("SY28", "SY11")
def events_stay_set() -> None:
    """Event.clear() does nothing."""
    from multiprocessing import synchronize

    synchronize.Event.clear = lambda self: None


@counterfeit("SY27", "SY28")
def waiting_for_an_event_returns_nothing() -> None:
    """Event.wait() returns None."""
    from multiprocessing import synchronize

    wait = synchronize.Event.wait
    synchronize.Event.wait = lambda self, timeout=None: wait(self, timeout) and None


@counterfeit("Z14")
def threading_events_can_be_pickled() -> None:
    """A threading.Event can be passed to any process."""
    import copyreg
    import threading

    copyreg.pickle(threading.Event, lambda event: (threading.Event, ()))  # type: ignore[arg-type]


def _barrier(**changes: Callable[[Method], Method]) -> None:
    """Replace methods of Barrier by what the functions make of them."""
    from multiprocessing.synchronize import Barrier

    for name, change in changes.items():
        setattr(Barrier, name, change(getattr(Barrier, name)))


@counterfeit("SY06", "SY30", "SY31", "SY32", "SY29")
def barriers_count_from_one() -> None:
    """The indices of a Barrier are 1 to n."""
    _barrier(wait=lambda wait: lambda self, timeout=None: wait(self, timeout) + 1)


@counterfeit("SY06", "SY30", "X11", "SY12")
def barriers_are_open() -> None:
    """Barrier.wait() does not wait."""
    _barrier(wait=lambda wait: lambda self, timeout=None: 0)


@counterfeit("X11", "SY12", "SY31", "SY32", "SY29")
def broken_barriers_raise_another_error() -> None:
    """A broken Barrier raises OSError."""
    import threading

    def change(wait: Method) -> Method:
        def other(self: Any, timeout: float | None = None) -> Any:
            try:
                return wait(self, timeout)
            except threading.BrokenBarrierError:
                raise OSError("broken") from None

        return other

    _barrier(wait=change)


@counterfeit("X11", "SY32")
def barriers_cannot_be_aborted() -> None:
    """Barrier.abort() does nothing."""
    _barrier(abort=lambda abort: lambda self: None)


@counterfeit("SY12")
def barriers_need_a_party() -> None:
    """Barrier(0) raises ValueError."""

    def change(init: Method) -> Method:
        def strict(self: Any, parties: int, *args: Any, **options: Any) -> None:
            if parties < 1:
                raise ValueError("parties must be >= 1")
            init(self, parties, *args, **options)

        return strict

    _barrier(__init__=change)


@counterfeit("SY29")
def the_action_of_a_barrier_is_forgotten() -> None:
    """A Barrier never calls its action."""
    _barrier(
        __init__=lambda init: (
            lambda self, parties, action=None, timeout=None, **options: init(
                self, parties, None, timeout, **options
            )
        )
    )


@counterfeit("SY29")
def all_do_the_action_of_a_barrier() -> None:
    """Each of the waiters calls the action, when it goes on."""

    def init(old: Method) -> Method:
        def make(self: Any, parties: int, action: Any = None, *args: Any, **options: Any) -> None:
            old(self, parties, None, *args, **options)
            self.late = action or (lambda: None)

        return make

    def wait(old: Method) -> Method:
        def act(self: Any, timeout: float | None = None) -> Any:
            index = old(self, timeout)
            self.late()
            return index

        return act

    _barrier(__init__=init, wait=wait)


@counterfeit("SY30", "SY06", "X11")
def nobody_waits_at_a_barrier() -> None:
    """Barrier.n_waiting is always 0."""
    from multiprocessing.synchronize import Barrier

    Barrier.n_waiting = property(lambda self: 0)


@counterfeit("SY31")
def barriers_wait_for_ever() -> None:
    """Barrier.wait() knows no timeout."""
    _barrier(
        wait=lambda wait: lambda self, timeout=None: wait(self, 9999),
    )


@counterfeit("SY31")
def barriers_have_no_timeout_of_their_own() -> None:
    """Barrier(timeout=...) is ignored."""
    _barrier(
        __init__=lambda init: (
            lambda self, parties, action=None, timeout=None, **options: init(
                self, parties, action, None, **options
            )
        )
    )


@counterfeit("SY31")
def barriers_give_up_at_once() -> None:
    """Barrier.wait(timeout) does not wait as long."""
    _barrier(wait=lambda wait: lambda self, timeout=None: wait(self, timeout and timeout / 9))


@counterfeit("SY32")
def broken_barriers_stay_broken() -> None:
    """Barrier.reset() does nothing to a broken one."""
    _barrier(reset=lambda reset: lambda self: None if self.broken else reset(self))


@counterfeit("SY32", "X11", "SY31", "SY12")
def no_barrier_looks_broken() -> None:
    """Barrier.broken is always False."""
    from multiprocessing.synchronize import Barrier

    Barrier.broken = property(lambda self: False)
