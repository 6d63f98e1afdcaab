"""threading.Event: a flag to wait for.

Source: https://docs.python.org/3/library/threading.html#event-objects
"""

import threading
import warnings

from tests.harness import GRACE, PATIENCE, claim, never, until


@claim("TH21")
def test_an_event_wakes_all_who_wait(background, evidence):
    """Event: wait() blocks until set(), which wakes every waiter; True then, False on timeout."""
    event = threading.Event()
    before = [event.is_set(), event.wait(0), event.wait(timeout=GRACE / 6), event.wait(-1)]
    patient = (None, PATIENCE, 2 * PATIENCE, None, PATIENCE)
    waiters = [background(event.wait, timeout) for timeout in patient]
    all_wait = never(lambda: any(waiter.finished for waiter in waiters), during=GRACE / 4)
    after = [event.set(), event.is_set()]
    answers = [waiter.result() for waiter in waiters]
    after += [event.wait(), event.wait(0), event.wait(PATIENCE), event.set(), event.is_set()]
    evidence(unset=before, waiters=answers, set=after)
    assert before == [False] * 4
    assert all_wait
    assert answers == [True] * 5
    assert after == [None, True, True, True, True, None, True]


@claim("TH101")
def test_a_cleared_event_makes_wait_again(background, evidence):
    """Event.clear() makes is_set() False and wait() block again, until the next set()."""
    event, rounds = threading.Event(), []
    for _ in range(3):
        event.set()
        states = [event.is_set(), event.wait(), event.clear(), event.is_set(), event.wait(0)]
        waiter = background(event.wait, PATIENCE)
        states.append(never(lambda: waiter.finished, during=GRACE / 5))
        event.set()
        rounds.append([*states, waiter.result()])
        event.clear()
        event.clear()
    evidence(each_round=rounds)
    assert rounds == [[True, True, None, False, False, True, True]] * 3
    assert event.is_set() is False


@claim("TH102")
def test_a_waiter_misses_no_set_that_is_cleared(background, evidence):
    """set() and at once clear() wake all who wait: wait() is True, although is_set() is not.

    One would expect the waiters to look at the flag again, and to go on waiting.  They have been
    notified, and do not look: True says that the event was set, not that it is.  Whoever begins
    to wait after the clear() waits on.
    """
    event, pulses = threading.Event(), []
    waiters = [background(event.wait, PATIENCE) for _ in range(3)]

    def pulse():
        event.set()
        event.clear()
        pulses.append(event.is_set())
        return not never(
            lambda: all(waiter.finished for waiter in waiters), during=GRACE / 5
        )  # who was not waiting yet gets another one

    until(pulse, "all waiters to wake up")
    early = [waiter.result() for waiter in waiters]
    late = event.wait(GRACE / 5)
    evidence(pulses=len(pulses), waited_before=early, waits_after=late)
    assert early == [True, True, True]
    assert not any(pulses)
    assert late is False


@claim("TH103")
def test_is_set_s_old_name_is_deprecated(evidence):
    """Event.isSet(), the old name of is_set(), still answers, with a DeprecationWarning (3.10)."""
    event = threading.Event()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = [event.isSet(), event.set(), event.isSet(), event.clear(), event.isSet()]
    evidence(answers=answers, warned=[str(warning.message) for warning in caught])
    assert answers == [False, None, True, None, False]
    assert [warning.category for warning in caught] == [DeprecationWarning] * 3
