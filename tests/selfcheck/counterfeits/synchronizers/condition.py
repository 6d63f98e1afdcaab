"""Counterfeits for the claims on conditions of threads, of processes and of managers."""

from .. import counterfeit
from ..patching import patch


@counterfeit("SYNC06")
def a_managers_condition_wakes_everybody():
    """notify() of a Manager's Condition wakes all."""
    from multiprocessing import managers

    managers.ConditionProxy.notify = managers.ConditionProxy.notify_all


@counterfeit("COND01")
def conditions_raise_runtime_error():
    """wait() and notify() without the lock raise RuntimeError."""

    def change(method):
        def other(self, *args, **kwargs):
            if not self._lock._semlock._is_mine():
                raise RuntimeError("the lock is not held")
            return method(self, *args, **kwargs)

        return other

    patch("multiprocessing.synchronize.Condition", wait=change, notify=change)


@counterfeit("SYNC06")
def a_condition_loses_its_acquire_on_the_way():
    """A Condition that has been pickled has no acquire() and release(), only `with`."""

    def change(setstate):
        def without(self, state):
            setstate(self, state)
            del self.acquire, self.release

        return without

    patch("multiprocessing.synchronize.Condition", __setstate__=change)


@counterfeit("COND05", "SYNC06")
def notify_wakes_all():
    """notify() wakes all who wait."""
    patch(
        "multiprocessing.synchronize.Condition",
        notify=lambda notify: lambda self, n=1: notify(self, 99),
    )


@counterfeit("COND05")
def who_has_given_up_is_notified():
    """notify() counts one that has given up among those whom it wakes."""

    def change(notify):
        def fewer(self, n=1):
            if self._woken_count.acquire(False):
                self._woken_count.release()
                n -= 1
            notify(self, n)

        return fewer

    patch("multiprocessing.synchronize.Condition", notify=change)


@counterfeit("COND05")
def notify_wakes_one():
    """notify(n) wakes one of those who wait."""
    patch(
        "multiprocessing.synchronize.Condition",
        notify=lambda notify: lambda self, n=1: notify(self, n if n > 99 else 1),
    )


@counterfeit("COND05", "SYNC06")
def notify_all_wakes_all_but_two():
    """notify_all() wakes at most two, and lets two sleep on."""
    patch(
        "multiprocessing.synchronize.Condition",
        notify_all=lambda notify_all: (
            lambda self: self.notify(min(2, max(0, self._sleeping_count.get_value() - 2)))
        ),
    )


@counterfeit("COND04", "COND06", "EVENT01")
def a_wait_that_times_out_is_true():
    """wait() is True, whether it was notified or not."""
    from multiprocessing import synchronize

    patch(
        "multiprocessing.synchronize.Condition",
        wait=lambda wait: lambda self, timeout=None: wait(self, timeout) or True,
    )
    wait = synchronize.Event.wait
    synchronize.Event.wait = lambda self, timeout=None: wait(self, timeout) or True


@counterfeit("COND07")
def wait_keeps_the_lock():
    """wait(timeout) does not release the lock."""

    def change(wait):
        def keep(self, timeout=None):
            if timeout is None:
                return bool(wait(self))
            return bool(self._wait_semaphore.acquire(True, timeout))

        return keep

    patch("multiprocessing.synchronize.Condition", wait=change)


@counterfeit("COND07")
def wait_takes_back_one_level():
    """After wait() the lock has been acquired once, however often it was before."""

    def change(wait):
        def once(self, timeout=None):
            got = wait(self, timeout)
            while self._lock._semlock._count() > 1:
                self._lock.release()
            return bool(got)

        return once

    patch("multiprocessing.synchronize.Condition", wait=change)


@counterfeit("COND04", "COND08", "COND06", "EVENT01")
def waiting_never_times_out():
    """wait(timeout) waits until it is notified."""
    patch(
        "multiprocessing.synchronize.Condition",
        wait=lambda wait: lambda self, timeout=None: wait(self),
    )


@counterfeit("COND04", "EVENT01")
def waiting_times_out_at_once():
    """wait(timeout) does not wait."""
    patch(
        "multiprocessing.synchronize.Condition",
        wait=lambda wait: lambda self, timeout=None: wait(self, timeout and 0),
    )


@counterfeit("COND08")
def wait_for_returns_a_bool():
    """wait_for() returns True or False."""
    patch(
        "multiprocessing.synchronize.Condition",
        wait_for=lambda wait_for: (
            lambda self, predicate, timeout=None: bool(wait_for(self, predicate, timeout))
        ),
    )


@counterfeit("COND08")
def wait_for_asks_once():
    """wait_for() returns after the first notify(), whatever the predicate says."""

    def wait_for(self, predicate, timeout=None):
        if not predicate():
            self.wait(timeout)
        return predicate()

    patch("multiprocessing.synchronize.Condition", wait_for=lambda old: wait_for)


@counterfeit("COND03")
def conditions_make_their_own_lock():
    """Condition(lock) ignores the lock."""
    patch(
        "multiprocessing.synchronize.Condition",
        __init__=lambda init: lambda self, lock=None, *, ctx: init(self, ctx=ctx),
    )


@counterfeit("COND06")
def a_process_keeps_its_notifications():
    """notify() without anybody who waits lets in the next one that does."""
    owed = []

    def notify(old):
        def remember(self, n=1):
            if self._sleeping_count.get_value() == self._woken_count.get_value():
                owed.append(self)
            old(self, n)

        return remember

    def wait(old):
        def collect(self, timeout=None):
            if self in owed:
                owed.remove(self)
                return True
            return bool(old(self, timeout))

        return collect

    patch("multiprocessing.synchronize.Condition", notify=notify, wait=wait)


@counterfeit("SYNC07")
def notify_does_not_wait_for_the_sleepers():
    """notify() returns without having seen that those it wakes have woken."""

    def notify(self, n=1):
        while n and self._sleeping_count.acquire(False):
            self._wait_semaphore.release()
            n -= 1

    patch("multiprocessing.synchronize.Condition", notify=lambda old: notify)


@counterfeit("COND01")
def notifying_needs_no_lock():
    """Condition.notify() works without the lock."""

    def change(notify):
        def lenient(self, n=1):
            if self._is_owned():
                notify(self, n)

        return lenient

    patch("threading.Condition", notify=change)


@counterfeit("COND02", "COND07")
def a_condition_makes_itself_a_plain_lock():
    """Condition() makes a Lock, not an RLock."""
    import threading

    patch(
        "threading.Condition",
        __init__=lambda init: (
            lambda self, lock=None: init(self, threading.Lock() if lock is None else lock)
        ),
    )


@counterfeit("COND03")
def a_condition_makes_itself_another_lock():
    """Condition(lock) takes a lock of its own."""
    import threading

    def change(init):
        def other(self, lock=None):
            plain = type(lock) is type(threading.Lock())
            init(self, threading.Lock() if plain else None)

        return other

    patch("threading.Condition", __init__=change)


@counterfeit("COND04")
def waiting_tells_nothing():
    """Condition.wait() returns nothing that tells whether it was notified."""
    patch(
        "threading.Condition",
        wait=lambda wait: lambda self, timeout=None: [wait(self, timeout)][1:],
    )


@counterfeit("COND04")
def a_condition_has_no_patience():
    """Condition.wait() with a timeout does not wait."""
    patch(
        "threading.Condition",
        wait=lambda wait: lambda self, timeout=None: wait(self, timeout if timeout is None else 0),
    )


@counterfeit("COND05")
def notify_wakes_the_last_first():
    """Condition.notify() wakes who began to wait last."""

    def change(notify):
        def last(self, n=1):
            self._waiters.reverse()
            notify(self, n)
            self._waiters.reverse()

        return last

    patch("threading.Condition", notify=change)


@counterfeit("COND05")
def notify_wakes_one_too_many():
    """Condition.notify(n) wakes n + 1."""
    patch("threading.Condition", notify=lambda notify: lambda self, n=1: notify(self, n + 1))


@counterfeit("COND05", "EVENT01", "QUEUE27")
def notify_all_wakes_one():
    """Condition.notify_all() wakes one waiter."""
    patch("threading.Condition", notify_all=lambda notify_all: lambda self: self.notify())


@counterfeit("COND06")
def notifications_are_remembered():
    """A notify() while nobody waits lets the next wait() return at once."""

    def change(notify):
        def remember(self, n=1):
            if not self._waiters:
                self.remembered = True
            notify(self, n)

        return remember

    def at_once(wait):
        def look(self, timeout=None):
            if vars(self).pop("remembered", False):
                return True
            return wait(self, timeout)

        return look

    patch("threading.Condition", notify=change)
    patch("threading.Condition", wait=at_once)


@counterfeit("COND07")
def wait_releases_the_lock_but_once():
    """Condition.wait() releases an RLock once, however often it is held."""

    def change(init):
        def once(self, lock=None):
            init(self, lock)
            self._release_save = lambda: self.release()
            self._acquire_restore = lambda state: self.acquire()

        return once

    patch("threading.Condition", __init__=change)


@counterfeit("COND08", "COND09")
def wait_for_answers_yes_or_no():
    """Condition.wait_for() returns True or False instead of the value."""

    def change(wait_for):
        return lambda self, predicate, timeout=None: bool(wait_for(self, predicate, timeout))

    patch("threading.Condition", wait_for=change)


@counterfeit("COND09")
def wait_for_never_gives_up():
    """Condition.wait_for() ignores its timeout."""
    patch(
        "threading.Condition",
        wait_for=lambda wait_for: lambda self, predicate, timeout=None: wait_for(self, predicate),
    )


@counterfeit("COND10", "EVENT04")
def old_names_are_silent():
    """notifyAll() and isSet() give no warning."""
    import threading

    threading.Condition.notifyAll = lambda self: self.notify_all()
    threading.Event.isSet = lambda self: self.is_set()
