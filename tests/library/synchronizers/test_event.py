"""Event: a flag to wait for.

Sources: https://docs.python.org/3/library/threading.html#event-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Event
"""

import threading
import time
import warnings

from tests.harness import GRACE, PATIENCE, before, claim, never, refuted, until

from .makers import AT_LEAST, TIMEOUT


@claim("EVENT01")
def test_an_event_wakes_all_who_wait(maker, background, evidence):
    """Event.set() wakes all threads that wait(); wait() returns True then, and False on timeout.

    Event vs Condition: an Event stays set, so that whoever comes late does not wait; a Condition
    wakes only those who wait already (COND06).  To wait for any of several events, take one
    Condition and two flags: condition.wait_for(lambda: first or second).
    """
    event = maker.Event()
    waiters = [background(event.wait, *timeout) for timeout in ((), (PATIENCE,), (None,))]
    all_wait = never(lambda: any(waiter.finished for waiter in waiters), during=GRACE / 4)
    event.set()
    answers = [waiter.result() for waiter in waiters]
    assert evidence(they_wait=all_wait, answers=answers) == (True, [True] * 3)


@claim("EVENT01")
def test_wait_for_an_event_that_is_set_returns(maker, evidence):
    """An Event stays set: until clear() is_set() is True, and each wait() returns True at once."""
    event = maker.Event()
    event.set()
    event.set()
    answers = [event.wait(), event.wait(0), event.wait(timeout=PATIENCE)]
    assert evidence(is_set=event.is_set(), wait=answers) == (True, [True] * 3)


@claim("EVENT01")
def test_wait_for_an_event_gives_up_after_its_timeout(maker, evidence):
    """wait(timeout) returns False after that time if the Event is not set; -1 does not wait."""
    event = maker.Event()
    began = time.monotonic()
    answers = [event.wait(TIMEOUT)]
    waited = time.monotonic() - began
    answers += [event.wait(0), event.wait(timeout=-1)]
    assert evidence(is_set=event.is_set(), wait=answers) == (False, [False] * 3)
    assert waited >= AT_LEAST


@claim("EVENT02")
def test_a_cleared_event_makes_wait_again(maker, background, evidence):
    """Event.clear() makes is_set() False and wait() block again, until the next set().

    One clear() does, after any number of set().
    """
    event, rounds = maker.Event(), []
    for _ in range(2):
        event.set()
        event.set()
        event.clear()
        event.clear()
        unset = event.is_set(), event.wait(0)
        waiter = background(event.wait, PATIENCE)
        waits = never(lambda: waiter.finished, during=GRACE / 5)
        event.set()
        rounds.append((unset, waits, waiter.result()))
    assert evidence(each_round=rounds) == [((False, False), True, True)] * 2


@claim("EVENT03")
def test_a_waiter_misses_no_set_that_is_cleared(background, evidence):
    """set() and then clear() wake all threads that wait, and wait() is True although it is unset.

    You might expect the waiters to look at the flag again, and to go on waiting.  Those of
    threading's Event have been notified, and do not look: True says that the event was set, not
    that it is.  A thread that begins to wait after clear() goes on waiting.
    """
    event = threading.Event()
    waiters = [background(event.wait, PATIENCE) for _ in range(3)]

    def pulse():
        event.set()
        event.clear()
        return not never(lambda: all(waiter.finished for waiter in waiters), during=GRACE / 5)

    until(pulse, "all waiters to wake up")  # one that did not wait yet gets another pulse
    answers = [waiter.result() for waiter in waiters]
    assert evidence(waited_before=answers, is_set=event.is_set()) == ([True] * 3, False)
    assert evidence(waits_after=event.wait(GRACE / 5)) is False


@claim("EVENT04")
@refuted(
    maker=("multiprocessing", "manager"),
    because="only threading has had the old name",
    by="AttributeError: 'Event",
)
def test_is_set_s_old_name_is_deprecated(maker, evidence):
    """Event.isSet(), the old name of is_set(), still answers, with a DeprecationWarning (3.10).

    That is so for threading.  The Events of multiprocessing and of a manager have only is_set():
    "AttributeError: 'Event' object has no attribute 'isSet'", or "AttributeError: 'EventProxy'
    object has no attribute 'isSet'".
    """
    event = maker.Event()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unset = event.isSet()
        event.set()
        answers = unset, event.isSet()
    assert evidence(answers=answers) == (False, True)
    assert [warning.category for warning in caught] == [DeprecationWarning] * 2


@claim("EVENT05")
@refuted(where=before("3.11.0"), because="3.11 gave Events a repr() of their own")
@refuted(maker="manager", because="a manager's proxies show only the type of what they stand for")
def test_repr_shows_whether_an_event_is_set(maker, evidence):
    """repr() of an Event says whether it is set: <threading.Event at 0x...: unset>.

    An Event of multiprocessing shows <Event at 0x... unset>.  Before 3.11 neither says it.  The
    Event of a manager is a proxy, whose repr() never says it: print its str() instead.
    """
    event = maker.Event()
    unset = repr(event)
    event.set()
    seen = evidence(unset=unset, set=repr(event))
    evidence(of_str=str(event))
    assert [text.split()[-1] for text in seen] == ["unset>", "set>"]
