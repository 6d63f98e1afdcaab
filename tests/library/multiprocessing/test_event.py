"""multiprocessing.Event, and threading's Event where processes are concerned.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Event
"""

import multiprocessing
import threading
import time
from pickle import PicklingError

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    PYPY,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    started,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


@claim("SY11")
@refuted(where=before("3.11.0"), because="3.11 gave multiprocessing's Event a repr() of its own")
def test_repr_shows_whether_an_event_is_set(background, evidence):
    """repr() of a multiprocessing Event says whether it is set: <Event at 0x... unset>.

    Before 3.11 it is <multiprocessing.synchronize.Event object at 0x...>.
    """
    event = here.Event()
    seen = [repr(event)]
    for change in (event.set, event.clear, event.set):
        change()
        seen.append(repr(event))
    evidence(seen=seen[:2])
    control(all("Event" in text and f"{id(event):x}" in text.lower() for text in seen), f"{seen}")
    assert [text.split()[-1] for text in seen] == ["unset>", "set>", "unset>", "set>"]


def wait_and_tell(event, report):
    report(event.is_set())
    report(event.wait(2 * PATIENCE))


@claim("SY27")
def test_an_event_wakes_all_who_wait_in_other_processes(ctx, reports, evidence):
    """set() wakes every process that waits for the Event; their wait() returns True."""
    event = ctx.Event()
    children = started(
        ctx.Process(target=wait_and_tell, args=(event, reports.reporter)) for _ in range(2)
    )
    told = reports.collect(2)
    waits = never(lambda: not all(child.is_alive() for child in children), during=GRACE / 10)
    event.set()
    told += reports.collect(2)
    exit_codes = joined(*children)
    evidence(told=told, they_wait=waits)
    assert told == [False, False, True, True]
    assert waits
    assert exit_codes == [0, 0]
    assert event.is_set() is True


@claim("SY28")
def test_wait_tells_whether_an_event_is_set(background, evidence):
    """Event.wait() is True at once while it is set; after its timeout it is False; clear() unsets.

    An Event stays set until clear(), however many wait for it.
    """
    event = here.Event()
    seen = [event.is_set(), event.wait(0), event.wait(timeout=-1)]
    began = time.monotonic()
    seen.append(event.wait(GRACE / 5))
    waited = time.monotonic() - began
    waiting = [background(event.wait), background(event.wait, 2 * PATIENCE), background(event.wait)]
    blocked = never(lambda: any(task.finished for task in waiting), during=GRACE / 5)
    returned = [event.set()]
    answers = [task.result() for task in waiting]
    returned.append(event.set())
    seen += [event.is_set(), event.wait(0), background(event.wait).result()]
    returned += [event.clear(), event.clear()]
    seen += [event.is_set(), event.wait(0.01)]
    event.set()
    seen.append(event.is_set())
    evidence(seen=seen, blocked=blocked, answers=answers)
    assert seen == [False] * 4 + [True] * 3 + [False, False, True]
    assert waited >= 0.18 * GRACE
    assert blocked
    assert answers == [True] * 3
    assert returned == [None] * 4


def set_and_tell(event, report):
    event.set()
    report(event.is_set())


@claim("Z14")
def test_a_threading_event_does_not_connect_processes(ctx, start_method, reports, evidence):
    """A threading.Event that a child sets stays unset in the parent, or cannot be passed at all.

    One would expect it to be one Event.  Under fork the child sets a copy, without an error,
    and whoever waits in the parent waits for ever; spawn and forkserver cannot pickle it:
    TypeError "cannot pickle '_thread.lock' object" (PicklingError on PyPy).  The same goes for
    threading's other locks.  Instead: multiprocessing.Event().
    """
    event = threading.Event()
    child = ctx.Process(target=set_and_tell, args=(event, reports.reporter))
    refusal = outcome(child.start)
    if start_method == "fork":
        in_the_child, exit_codes = reports.next(), joined(child)
        in_the_parent = event.is_set()
        evidence(set_in_the_child=in_the_child, set_in_the_parent=in_the_parent)
        assert refusal is None
        assert exit_codes == [0]
        assert (in_the_child, in_the_parent) == (True, False)
    else:
        evidence(start=refusal)
        assert type(refusal) is (PicklingError if PYPY else TypeError)
