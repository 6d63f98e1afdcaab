"""Counterfeits for the claims on locks of threads, of processes and of managers."""

from .. import counterfeit
from ..facts import VERSION
from .shared import replace_lock, wrap_locks


@counterfeit("LOCK01")
def acquire_tells_nothing():
    """Lock.acquire() returns None where it should return True, if it may block."""

    def acquire(self, blocking=True, timeout=-1):
        got = self.lock.acquire(blocking, timeout)
        return got and (None if blocking else got)

    replace_lock(acquire=acquire)


@counterfeit("LOCK01")
def a_failing_with_keeps_the_lock():
    """A "with" that ends by an exception does not release the lock."""

    def leave(self, kind, *rest):
        if kind is None:
            self.release()

    replace_lock(__exit__=leave)


@counterfeit("LOCK02", "LOCK03")
def a_lock_knows_its_holder():
    """A Lock is an RLock."""
    import threading

    threading.Lock = threading.RLock


@counterfeit("LOCK07")
def locks_accept_any_timeout():
    """acquire() takes a timeout without blocking, and a negative one for none."""

    def acquire(self, blocking=True, timeout=-1):
        if not blocking:
            return self.lock.acquire(False)
        return self.lock.acquire(True, -1 if timeout < 0 else min(timeout, 1e6))

    replace_lock(acquire=acquire)


@counterfeit("LOCK11", where=VERSION >= (3, 13))
def lock_is_a_function():
    """threading.Lock is a function, as it was up to 3.12."""
    import threading
    from _thread import allocate_lock

    threading.Lock = lambda: allocate_lock()


@counterfeit("LOCK12", "LOCK14")
def lock_is_an_ordinary_class():
    """threading.Lock is a class that others may inherit from, and has no old names."""
    replace_lock()


@counterfeit("LOCK03", "LOCK15")
def an_unlocked_lock_may_be_released():
    """Releasing a Lock that is not locked is ignored."""

    def release(self):
        if self.lock.locked():
            self.lock.release()

    replace_lock(release=release)


@counterfeit("LOCK13")
def locks_can_be_copied():
    """A Lock can be pickled and copied: a new one comes out."""
    import _thread
    import copyreg

    copyreg.pickle(type(_thread.allocate_lock()), lambda lock: (_thread.allocate_lock, ()))


@counterfeit("LOCK04")
def locked_is_forgotten_by_a_refused_acquire():
    """After an acquire() in vain locked() is False."""

    def acquire(self, blocking=True, timeout=-1):
        self.refused = not self.lock.acquire(blocking, timeout)
        return not self.refused

    replace_lock(
        acquire=acquire,
        locked=lambda self: self.lock.locked() and not getattr(self, "refused", False),
    )


@counterfeit("LOCK05")
def a_release_lets_two_in():
    """release() lets two of those who wait in."""
    import time

    def acquire(self, blocking=True, timeout=-1):
        if not blocking:
            return self.lock.acquire(False)
        self.waiting = getattr(self, "waiting", 0) + 1
        try:
            return self.lock.acquire(blocking, timeout)
        finally:
            self.waiting -= 1

    def release(self):
        again = getattr(self, "waiting", 0) > 1
        self.lock.release()
        if again:
            time.sleep(0.01)
            if self.lock.locked():
                self.lock.release()

    replace_lock(acquire=acquire, release=release)


@counterfeit("LOCK06")
def a_timeout_of_a_lock_is_over_at_once():
    """acquire(timeout=...) does not wait."""

    def acquire(self, blocking=True, timeout=-1):
        return self.lock.acquire(blocking and timeout < 0)

    replace_lock(acquire=acquire)


@counterfeit("LOCK06")
def a_timeout_of_a_lock_is_no_bound():
    """acquire(timeout=...) waits until it has the lock."""
    replace_lock(acquire=lambda self, blocking=True, timeout=-1: self.lock.acquire(blocking))


@counterfeit("LOCK15")
def a_thread_error_is_its_own():
    """threading.ThreadError is an exception of its own."""
    import threading

    threading.ThreadError = type("ThreadError", (Exception,), {})


@counterfeit("LOCK10")
def with_gives_the_lock_itself():
    """The x of "with lock as x" is the lock."""

    def enter(self):
        self.acquire()
        return self

    replace_lock(__enter__=enter)


@counterfeit("LOCK04", where=VERSION >= (3, 14))
def a_lock_is_never_locked():
    """locked() of a Manager's lock is False."""
    from multiprocessing import managers

    managers.AcquirerProxy.locked = lambda self: False


@counterfeit("LOCK04", where=VERSION < (3, 14))
def a_lock_can_be_asked():
    """locked() of a Manager's lock tells whether it is locked."""
    from multiprocessing import managers

    managers.AcquirerProxy.locked = lambda self: (
        not self.acquire(False) or self.release() is not None
    )


@counterfeit("SYNC01", "LOCK01")
def a_managers_locks_are_always_taken():
    """acquire() of a Manager's lock says True, and tries only."""
    from multiprocessing import managers

    def acquire(self, blocking=True, timeout=None):
        self._callmethod("acquire", (False,))
        return True

    managers.AcquirerProxy.acquire = acquire


@counterfeit("SEM02")
def a_managers_semaphore_is_bounded():
    """A Manager's Semaphore is a BoundedSemaphore."""
    import threading
    from multiprocessing import managers

    managers.SyncManager.register("Semaphore", threading.BoundedSemaphore, managers.AcquirerProxy)


ALL = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")


@counterfeit("LOCK03")
def a_free_lock_can_be_released():
    """release() of a Lock that nobody holds does nothing."""

    def change(self, release):
        def lenient():
            if self._semlock._is_zero():
                release()

        return lenient

    wrap_locks("Lock", release=change)


@counterfeit("LOCK03", "LOCK17", "SYNC03")
def a_wrong_release_is_a_runtime_error():
    """release() that is not allowed raises RuntimeError, as threading's does."""

    def change(self, release):
        def other():
            try:
                release()
            except (AssertionError, ValueError) as error:
                raise RuntimeError(str(error)) from None

        return other

    wrap_locks("Lock", "RLock", release=change)


@counterfeit("SYNC02")
def what_was_given_cannot_be_given_on():
    """A lock that was pickled for a child cannot be pickled by it."""
    from multiprocessing.synchronize import SemLock

    getstate, setstate = SemLock.__getstate__, SemLock.__setstate__

    def give(self):
        if getattr(self, "received", False):
            raise RuntimeError("this was given to this process")
        return getstate(self)

    def receive(self, state):
        setstate(self, state)
        self.received = True

    SemLock.__getstate__, SemLock.__setstate__ = give, receive


@counterfeit("SYNC02")
def only_its_process_may_release_a_lock():
    """release() of a Lock by another process than its owner's raises ValueError."""

    def change(self, release):
        def strict():
            if self._semlock._is_zero() and not self._semlock._is_mine():
                raise ValueError("the lock is another's")
            release()

        return strict

    wrap_locks("Lock", release=change)


@counterfeit("LOCK04")
def locks_cannot_tell_or_could_before():
    """locked() is always False since 3.14, and exists before."""
    from multiprocessing import synchronize

    synchronize.SemLock.locked = (
        (lambda self: False) if VERSION >= (3, 14) else (lambda self: self._semlock._is_zero())
    )


@counterfeit("LOCK04", where=VERSION >= (3, 14))
def locked_tells_of_other_threads_only():
    """locked() is True only if another thread has the lock."""
    from multiprocessing import synchronize

    synchronize.SemLock.locked = lambda self: (
        self._semlock._is_zero() and not self._semlock._is_mine()
    )


@counterfeit("SYNC01", "LOCK06")
def who_waits_for_a_lock_gives_up():
    """acquire() without a timeout is False after ten milliseconds."""

    def change(self, acquire):
        return lambda block=True, timeout=None: acquire(block, 0.01 if timeout is None else timeout)

    wrap_locks(*ALL, acquire=change)


@counterfeit("SYNC01")
def a_semaphore_waits_with_a_timeout_only():
    """acquire() of a semaphore without a timeout returns True at once."""

    def change(self, acquire):
        def at_once(block=True, timeout=None):
            got = acquire(block and timeout is not None, timeout)
            return got or (block and timeout is None)

        return at_once

    wrap_locks("Semaphore", "BoundedSemaphore", acquire=change)


@counterfeit("SYNC04")
def the_dead_release_their_locks():
    """A process that leaves by os._exit() releases what it holds."""
    import os

    held = []

    def change(self, acquire):
        def remember(block=True, timeout=None):
            got = acquire(block, timeout)
            if got:
                held.append(self)
            return bool(got)

        return remember

    leave = os._exit

    def release_and_leave(status):
        if status == 3:
            for lock in held:
                lock.release()
        leave(status)

    os._exit = release_and_leave
    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK09")
def acquire_takes_blocking():
    """acquire() takes the keyword blocking too."""

    def change(self, acquire):
        return lambda block=True, timeout=None, blocking=True: acquire(block and blocking, timeout)

    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK16", "SEM05", "SYNC11")
def locks_have_a_plain_repr():
    """repr() of a lock is that of any object."""
    from multiprocessing import synchronize

    for name in ALL:
        getattr(synchronize, name).__repr__ = object.__repr__


@counterfeit("LOCK16", "SYNC11")
def every_owner_is_this_process():
    """repr() of a Lock that is taken names this process."""
    from multiprocessing import current_process, synchronize

    synchronize.Lock.__repr__ = lambda self: (
        f"<Lock(owner={current_process().name if self._semlock._is_zero() else None})>"
    )


@counterfeit("LOCK08")
def negative_timeouts_are_errors():
    """acquire() with a negative timeout raises ValueError."""

    def change(self, acquire):
        def strict(block=True, timeout=None):
            if timeout is not None and timeout < 0:
                raise ValueError("a negative timeout")
            return bool(acquire(block, timeout))

        return strict

    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK08")
def minus_one_is_for_ever():
    """acquire(timeout=-1) waits for ever."""

    def change(self, acquire):
        return lambda block=True, timeout=None: acquire(block, None if timeout == -1 else timeout)

    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK06")
def acquire_does_not_wait_for_its_timeout():
    """acquire() with a timeout does not wait."""

    def change(self, acquire):
        return lambda block=True, timeout=None: acquire(block and timeout is None)

    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK06", "SYNC04", "LOCK08", "SYNC01")
def acquire_ignores_its_timeout():
    """acquire() with a timeout waits for ever."""

    def change(self, acquire):
        return lambda block=True, timeout=None: acquire(block)

    wrap_locks(*ALL, acquire=change)


@counterfeit("SYNC01", "SYNC02")
def acquire_returns_nothing():
    """acquire() that succeeds returns None."""

    def change(self, acquire):
        return lambda block=True, timeout=None: None if acquire(block, timeout) else False

    wrap_locks(*ALL, acquire=change)


@counterfeit("LOCK01")
def exceptions_leave_locks_taken():
    """A with block that is left by an exception does not release its lock."""
    from multiprocessing import synchronize

    leave = synchronize.SemLock.__exit__
    synchronize.SemLock.__exit__ = lambda self, kind=None, *rest: (
        None if kind else leave(self, kind, *rest)
    )


@counterfeit("LOCK02")
def locks_are_recursive():
    """A Lock is an RLock."""
    from multiprocessing import synchronize

    init = synchronize.SemLock.__init__

    def recursive(self, kind, *args, **options):
        if type(self) is synchronize.Lock:
            kind = synchronize.RECURSIVE_MUTEX
        init(self, kind, *args, **options)

    synchronize.SemLock.__init__ = recursive


@counterfeit("LOCK17", "LOCK18")
def rlocks_are_not_recursive():
    """acquire() of an RLock by its owner is False, or waits for ever."""

    def change(self, acquire):
        def once(block=True, timeout=None):
            return not self._semlock._is_mine() and bool(acquire(block, timeout))

        return once

    wrap_locks("RLock", acquire=change)
