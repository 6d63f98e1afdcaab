"""Check-then-act: what may change between the look and the deed, and how to do without a look.

Source: https://docs.python.org/3/glossary.html#term-LBYL ("In a multi-threaded environment, the
LBYL approach can risk introducing a race condition")
"""

import queue
import threading

from tests.harness import GRACE, PATIENCE, cases, claim, kinds, outcome, refuted


class Account:
    """Money that may not become less than nothing."""

    def __init__(self):
        self.balance = 100


def withdraw(meet):
    account = Account()

    def run():
        if account.balance >= 100:
            meet()
            account.balance -= 100

    return run, lambda: account.balance >= 0


def pop_if_any(meet):
    items = ["the last one"]

    def run():
        if items:
            meet()
            items.pop()

    return run, lambda: True


def delete_if_there(meet):
    table = {"key": 1}

    def run():
        if "key" in table:
            meet()
            del table["key"]

    return run, lambda: True


def get_if_not_empty(meet):
    items = queue.Queue()
    items.put("the last one")

    def run():
        if not items.empty():
            meet()
            items.get_nowait()

    return run, lambda: True


CHECKS = (withdraw, pop_if_any, delete_if_there, get_if_not_empty)


def twice(background, make, lock=None):
    """Let two threads run what ``make`` makes; return their outcomes, and whether all is well.

    Both look before either acts, unless the lock prevents that.
    """
    barrier = threading.Barrier(2)
    run, well = make(lambda: outcome(barrier.wait, GRACE / 5 if lock else PATIENCE))

    def guarded():
        with lock:
            return run()

    threads = [background(outcome, guarded if lock else run) for _ in range(2)]
    errors = [one for one in (thread.result() for thread in threads) if one is not None]
    return errors, well()


@claim("CLASSIC20")
@cases(check=CHECKS)
@refuted(because="with a GIL or without, another thread may run between two operations")
def test_two_thread_safe_operations_are_thread_safe(check, background, evidence):
    """A check and an act are thread-safe together, if each of them is: "if items: items.pop()".

    Thread-safe means that single operations do no harm, whoever runs beside them.  A sequence of
    them is a critical section, which needs a lock of your own, or one call that does both, without
    a look: try: get_nowait(), except queue.Empty; dict.pop(key, None).  Else now and then:
    "IndexError: pop from empty list", "KeyError: 'key'", or a balance of -100.  So a cache, such as
    cachetools' LRUCache, raises KeyError for an entry that another thread evicts after the look.
    The GIL does not help.
    """
    errors, well = twice(background, check)
    evidence(errors=[f"{type(error).__name__}: {error}" for error in errors])
    assert not errors
    assert evidence(well=well) is True


@claim("CLASSIC21")
@cases(check=CHECKS)
def test_a_lock_around_check_and_act_makes_them_one(check, background, evidence):
    """A Lock around check and act gives mutual exclusion: the second thread looks after the first.

    Every thread that touches the data must hold the same Lock, also if it only reads.
    """
    errors, well = twice(background, check, threading.Lock())
    assert evidence(errors=kinds(errors), well=well) == ([], True)


@claim("CLASSIC22")
@cases(kind=(list, dict, set))
def test_a_snapshot_is_not_disturbed_by_writers(kind, background, evidence):
    """Readers of a list, dict or set that writers replace, and never change, need no lock.

    Copy-on-write: "self.routes = {**self.routes, key: value}".  An assignment is atomic, and
    whoever iterates the old object goes on with it.  (Changed in place, a dict raises
    "RuntimeError: dictionary changed size during iteration".)  Writers still need a Lock against
    each other.
    """
    shared, wrote, halfway = [kind(make_items(3))], threading.Event(), threading.Event()

    def read():
        seen = []
        for item in shared[0]:
            seen.append(item)
            halfway.set()
            wrote.wait(PATIENCE)
        return sorted(seen)

    reader = background(read)
    halfway.wait(PATIENCE)
    shared[0] = kind(make_items(5))
    wrote.set()
    assert evidence(old=reader.result(), new=len(shared[0])) == ([0, 1, 2], 5)


def make_items(count):
    """Return what list(), dict() and set() take."""
    return dict.fromkeys(range(count))


@claim("CLASSIC22")
@cases(kind={"dict": dict, "set": set})
def test_a_change_in_place_disturbs_readers(kind, background, evidence):
    """A dict or set that is changed in place while another thread iterates it raises RuntimeError.

    "RuntimeError: dictionary changed size during iteration", "RuntimeError: Set changed size during
    iteration".  list(table) first makes a snapshot, without a lock.
    """
    shared, wrote, halfway = kind(make_items(3)), threading.Event(), threading.Barrier(3)

    def read(things):
        for item in things:
            if item == 0:
                halfway.wait(PATIENCE)
            wrote.wait(PATIENCE)

    readers = [background(outcome, read, shared), background(outcome, read, list(shared))]
    halfway.wait(PATIENCE)
    shared.update(make_items(5))
    wrote.set()
    by_itself, by_a_snapshot = [reader.result() for reader in readers]
    assert evidence(iterating=f"{type(by_itself).__name__}: {by_itself}").endswith(
        "changed size during iteration"
    )
    assert evidence(iterating_a_snapshot=by_a_snapshot) is None
