"""The life of a Thread: start(), run(), join(), is_alive(), its parameters, the list of threads.

Source: https://docs.python.org/3/library/threading.html#thread-objects
"""

import contextvars
import gc
import threading
import time
import weakref
from contextlib import contextmanager

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    pause,
    predicts,
    refuted,
    since,
    started,
)

variable = contextvars.ContextVar("variable", default="default")


@contextmanager
def waiting_threads(count, **options):
    """Threads that live until the block ends."""
    gate = threading.Event()
    threads = [
        threading.Thread(target=gate.wait, args=(PATIENCE,), **options) for _ in range(count)
    ]
    try:
        yield started(threads)
    finally:
        gate.set()
        joined(*threads)


def kinds(outcomes):
    """The exact types of some outcomes, by name."""
    return [type(each).__name__ for each in outcomes]


@claim("TH01")
def test_what_a_target_returns_is_lost(evidence):
    """What the target of a Thread returns is lost: join() returns None, no attribute has it.

    Put it into a list or a queue, or use concurrent.futures, whose futures have a result().
    """
    results = ["a result", 7, True]
    threads = started(threading.Thread(target=lambda value=value: value) for value in results)
    from_join = [thread.join(PATIENCE) for thread in threads]
    attributes = [
        getattr(thread, name) for thread in threads for name in dir(thread) if name[:2] != "__"
    ]
    evidence(join_returned=from_join)
    assert from_join == [None, None, None]
    assert not any(value == "a result" or value == 7 for value in attributes)
    assert not hasattr(threads[0], "result")
    assert not hasattr(threads[0], "value")


@claim("TH02")
def test_a_thread_can_be_started_only_once(evidence):
    """A thread can be started only once: the next start() is a RuntimeError, whenever it comes.

    Make a new Thread instead.
    """
    gate, runs = threading.Event(), []
    thread = threading.Thread(target=lambda: (runs.append(1), gate.wait(PATIENCE)))
    first = thread.start()
    while_it_runs = outcome(thread.start)
    gate.set()
    joined(thread)
    when_it_has_ended = outcome(thread.start)
    evidence(while_it_runs=while_it_runs, when_it_has_ended=when_it_has_ended)
    assert first is None
    assert kinds([while_it_runs, when_it_has_ended]) == ["RuntimeError", "RuntimeError"]
    assert not thread.is_alive()
    assert runs == [1]


@claim("TH03")
def test_join_before_start_is_a_runtime_error(background, evidence):
    """join() of a thread that was not started is a RuntimeError, whatever the timeout."""
    runs = []
    thread = threading.Thread(target=runs.append, args=(1,))
    outcomes = [
        background(outcome, thread.join).result(),
        background(outcome, thread.join, 0).result(),
        background(outcome, thread.join, PATIENCE).result(),
    ]
    evidence(outcomes=outcomes)
    assert kinds(outcomes) == ["RuntimeError"] * 3
    assert joined(*started([thread])) == [None]
    assert runs == [1]


@claim("TH04")
def test_a_thread_cannot_join_itself(evidence):
    """A thread cannot join itself: that is a RuntimeError, at once; so it is in the main thread.

    It would wait for ever, "cannot join current thread".
    """
    outcomes = []

    def join_oneself():
        for timeout in (None, PATIENCE, 0):
            outcomes.append(outcome(threading.current_thread().join, timeout))

    joined(*started([threading.Thread(target=join_oneself)]))
    join_oneself()
    evidence(outcomes=outcomes)
    assert kinds(outcomes) == ["RuntimeError"] * 6


@claim("TH05")
def test_join_returns_none_whether_or_not_the_thread_ended(evidence):
    """join(timeout) returns None in every case; only is_alive() tells whether it timed out."""
    gate = threading.Event()
    thread = started([threading.Thread(target=gate.wait, args=(PATIENCE,))])[0]
    timed_out = [
        (thread.join(0.01), thread.is_alive()),
        (thread.join(timeout=0), thread.is_alive()),
    ]
    gate.set()
    ended = [(thread.join(timeout=PATIENCE), thread.is_alive())]
    ended += [(thread.join(PATIENCE), thread.is_alive()), (thread.join(), thread.is_alive())]
    evidence(timed_out=timed_out, ended=ended)
    assert timed_out == [(None, True)] * 2
    assert ended == [(None, False)] * 3


@claim("TH60")
def test_join_waits_no_longer_than_its_timeout(background, evidence):
    """join(timeout) waits for the whole timeout while the thread lives, and then returns."""
    with waiting_threads(1) as [thread]:
        waited = []
        for timeout in (0.02, 0.05):
            begin = time.monotonic()
            background(thread.join, timeout).result()
            waited.append(time.monotonic() - begin)
        alive = thread.is_alive()
    evidence(waited=waited)
    assert alive
    assert waited[0] >= 0.02
    assert waited[1] >= 0.05


@claim("TH61")
def test_join_returns_as_soon_as_the_thread_ends(background, evidence):
    """join() returns when the thread has ended, however long its timeout, to all who joined."""
    with waiting_threads(1) as [thread]:
        joiners = [background(thread.join, timeout) for timeout in (None, 600, 600.5)]
        returned_early = not never(lambda: any(joiner.finished for joiner in joiners), during=0.05)
    evidence(returned_early=returned_early)
    assert not returned_early
    assert [joiner.result() for joiner in joiners] == [None] * 3


@claim("Z12")
def test_join_with_zero_or_less_returns_at_once(background, evidence):
    """join() with a timeout of 0, or a negative one, does not wait, and does not raise."""
    with waiting_threads(1) as [thread]:
        returned = [
            (background(thread.join, timeout).result(), thread.is_alive())
            for timeout in (0, -1, -0.5, 0.0)
        ]
    evidence(returned=returned)
    assert returned == [(None, True)] * 4


class Uninitialised(threading.Thread):
    """Forgets to call the initialiser of its base class."""

    def __init__(self):
        pass


@claim("TH41")
def test_a_subclass_that_skips_init_cannot_be_started(evidence):
    """A Thread subclass whose __init__ does not call the base class's cannot be started.

    start() and join() are a RuntimeError, "thread.__init__() not called"; the attributes are an
    AssertionError, unless python -O removed the assertion.
    """
    thread = Uninitialised()
    methods = [outcome(thread.start), outcome(thread.join)]
    attributes = [
        outcome(getattr, thread, name) for name in ("name", "ident", "native_id", "daemon")
    ]
    attributes.append(outcome(thread.is_alive))
    evidence(methods=methods, attributes=attributes)
    assert kinds(methods) == ["RuntimeError"] * 2
    assert kinds(attributes) == ["AssertionError"] * 5
    assert thread not in threading.enumerate()


@claim("TH42")
def test_a_thread_group_must_be_none(evidence):
    """Thread(group=...) must be None: anything else is an AssertionError, even what is false."""
    outcomes = [outcome(threading.Thread, group=group) for group in ("a group", 0, "", [])]
    outcomes.append(outcome(threading.Thread, 1))
    allowed = outcome(threading.Thread, None, outcome, "a name")
    evidence(outcomes=outcomes)
    assert kinds(outcomes) == ["AssertionError"] * 5
    assert (type(allowed), allowed.name) == (threading.Thread, "a name")


@claim("TH44")
def test_run_called_directly_is_an_ordinary_call(evidence):
    """run() called directly runs the target in the caller, and the Thread was never alive.

    It is start() that makes a thread, which calls run().
    """
    seen = []
    thread = threading.Thread(target=lambda: seen.append(threading.get_ident()))
    with_it = threading.active_count()
    returned = thread.run()
    evidence(ran_in_the_caller=seen == [threading.get_ident()])
    assert returned is None
    assert seen == [threading.get_ident()]
    assert (thread.is_alive(), thread.ident, thread.native_id) == (False, None, None)
    assert threading.active_count() == with_it
    assert type(outcome(thread.join)) is RuntimeError


class Thing:
    """Can be referred to weakly."""


def in_a_thread(thread):
    joined(*started([thread]))


def in_the_caller(thread):
    thread.run()


@claim("TH62")
def test_a_thread_that_has_run_lets_go_of_its_arguments(evidence):
    """A Thread lets go of its target and its arguments when its run() has ended.

    So they can be freed while the Thread object is still there, and a second run() has nothing to
    call: it is an AttributeError.
    """
    forgotten, again = [], []
    for run in (in_a_thread, in_the_caller):
        things = Thing(), Thing()
        seen = [weakref.ref(thing) for thing in things]
        thread = threading.Thread(target=max, args=things, kwargs={"key": id})
        del things
        gc.collect()
        kept = [ref() is not None for ref in seen]
        run(thread)
        gc.collect()
        forgotten.append((kept, [ref() is None for ref in seen]))
        again.append(outcome(thread.run))
    evidence(forgotten=forgotten, again=again)
    assert forgotten == [([True, True], [True, True])] * 2
    assert kinds(again) == ["AttributeError"] * 2


@claim("TH57")
def test_the_arguments_may_be_a_list(evidence):
    """Thread(args=...) takes a list as well as a tuple, and kwargs=... a mapping.

    A single argument in parentheses is no tuple: args=(1) is a TypeError in the thread.
    """
    got = []

    def target(*args, **kwargs):
        got.append((args, kwargs))

    threads = [
        threading.Thread(target=target, args=[1, [2]], kwargs={"x": 3, "y": None}),
        threading.Thread(None, target, "named", (4,), {"z": 5}),
        threading.Thread(target=target),
        threading.Thread(target=target, args=(), kwargs=None),
        threading.Thread(target=target, kwargs={"args": 6}),
    ]
    for thread in threads:
        joined(*started([thread]))
    evidence(got=got)
    assert got == [
        ((1, [2]), {"x": 3, "y": None}),
        ((4,), {"z": 5}),
        ((), {}),
        ((), {}),
        ((), {"args": 6}),
    ]


@claim("TH63")
def test_a_thread_without_a_target_does_nothing():
    """A Thread without a target starts, does nothing and ends."""
    thread = threading.Thread()
    before = thread.is_alive()
    assert joined(*started([thread])) == [None]
    assert (before, thread.is_alive()) == (False, False)
    assert type(thread.ident) is int


@claim("X38")
def test_start_returns_when_the_thread_is_registered(evidence):
    """When start() returns the thread is alive, has an ident, and is listed."""
    gate, seen = threading.Event(), []
    threads = [threading.Thread(target=gate.wait, args=(PATIENCE,)) for _ in range(10)]
    try:
        for thread in threads:
            thread.start()
            listed = thread in threading.enumerate()
            seen.append((type(thread.ident), type(thread.native_id), thread.is_alive(), listed))
    finally:
        gate.set()
    joined(*threads)
    evidence(seen=len(seen))
    assert seen == [(int, int, True, True)] * 10


@claim("TH46")
def test_enumerate_lists_the_live_threads(evidence):
    """enumerate() lists main and every thread that was started and has not ended, once each."""
    before, new = threading.enumerate(), threading.Thread()
    with waiting_threads(3) as threads:
        during, count = threading.enumerate(), threading.active_count()
    after = threading.enumerate()
    evidence(before=len(before), during=count, after=len(after))
    assert threading.main_thread() in before
    assert set(during) == {*before, *threads}
    assert len(during) == len(before) + 3 == count
    assert new not in during
    assert type(during) is list
    assert during is not threading.enumerate()
    assert set(after) == set(before)
    assert threading.active_count() == len(before)


@claim("TH64")
def test_a_thread_is_listed_and_alive_in_its_own_run(evidence):
    """In its own run() a thread is current_thread(), alive, and listed by enumerate()."""
    seen = []

    def look():
        me = threading.current_thread()
        seen.append((me, me.is_alive(), threading.enumerate().count(me), me.ident))
        seen.append(threading.get_ident())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        joined(*started([thread]))
    evidence(seen=len(seen))
    assert seen[::2] == [(thread, True, 1, thread.ident) for thread in threads]
    assert seen[1::2] == [thread.ident for thread in threads]


@claim("TH65")
def test_a_finished_thread_keeps_ident_and_name(evidence):
    """A thread that has ended keeps its name, ident, native_id and daemon flag."""
    thread = threading.Thread(name="ended", daemon=True)
    during = []
    thread.run = lambda: during.append(
        (thread.name, threading.get_ident(), threading.get_native_id(), thread.daemon)
    )
    joined(*started([thread]))
    after = (thread.name, thread.ident, thread.native_id, thread.daemon)
    evidence(after=after)
    assert after == during[0]
    assert after[0] == "ended"
    assert after[3] is True


def with_context(context):
    """The value of the variable in a thread that was given the context, or what Thread() raised."""
    values = []
    thread = outcome(
        threading.Thread, target=lambda: values.append(variable.get()), context=context
    )
    if isinstance(thread, Exception):
        return thread
    joined(*started([thread]))
    return values[0]


no_context = refuted(
    where=before("3.14.0") or PYPY, because="3.14 added Thread's parameter context"
)


@claim("TH12")
@no_context
def test_a_thread_runs_in_the_context_it_is_given(evidence):
    """Thread(context=...) runs the target in that context.

    Before 3.14: TypeError: Thread.__init__() got an unexpected keyword argument 'context'.
    Instead: Thread(target=context.run, args=(function,)), which works everywhere.
    """
    context = contextvars.Context()
    context.run(variable.set, "in the context")
    got = with_context(context)
    control(type(got) in (str, TypeError), f"neither a value nor a TypeError: {got!r}")
    evidence(got=got)
    assert got == "in the context"
    assert variable.get() == "default"
    joined(*started([threading.Thread(target=variable.set, args=("changed",), context=context)]))
    assert context[variable] == "changed"


@claim("Z02")
@no_context
def test_a_thread_given_an_empty_context_sees_defaults(evidence):
    """Thread(context=contextvars.Context()) runs the target in an empty context.

    It is the way to start a thread without the values of its starter, which it inherits by
    default where sys.flags.thread_inherit_context is 1.  Before 3.14: TypeError.
    """

    def start_from_a_full_context():
        variable.set("the starter's")
        return with_context(contextvars.Context())

    got = contextvars.copy_context().run(start_from_a_full_context)
    control(type(got) in (str, TypeError), f"neither a value nor a TypeError: {got!r}")
    evidence(got=got)
    assert got == "default"


@claim("TH66")
@predicts("RC39")
@refuted(
    where=since("3.13.0") and not PYPY, because="3.13 made threads joinable handles (gh-114271)"
)
def test_private_attributes_of_threads_stay(evidence):
    """Thread._tstate_lock, Thread._is_stopped and threading._shutdown_locks can be relied on.

    They are private, but debuggers and gevent read them.  Since 3.13: AttributeError: 'Thread'
    object has no attribute '_tstate_lock'.  3.13 alone has Thread._handle under its present name.
    Instead: is_alive(), join() and threading.enumerate().
    """
    with waiting_threads(1) as [thread]:
        found = [hasattr(thread, "_tstate_lock"), hasattr(thread, "_is_stopped")]
        found.append(hasattr(threading, "_shutdown_locks"))
        alive = thread.is_alive()
    control(alive, "the thread must be alive")
    control(len(set(found)) == 1, f"some are there and some are not: {found}")
    evidence(found=found)
    assert found == [True] * 3


@claim("TH67")
def test_a_representation_tells_the_state_of_a_thread(evidence):
    """The repr of a thread tells its name, and whether it is initial, started or stopped."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, args=(PATIENCE,), name="shown")
    initial = repr(thread)
    thread.start()
    during = repr(thread)
    gate.set()
    joined(thread)
    evidence(initial=initial, during=during, after=repr(thread))
    assert initial == "<Thread(shown, initial)>"
    assert during == f"<Thread(shown, started {thread.ident})>"
    assert repr(thread) == f"<Thread(shown, stopped {thread.ident})>"


def write_slowly(own):
    for number in range(20):
        own.append(number)
        pause()


@claim("TH68")
def test_join_makes_the_threads_writes_visible(evidence):
    """After join() all that the thread has done is there, for each of many threads."""
    for count in (1, 10):
        done = [[] for _ in range(count)]
        joined(*started(threading.Thread(target=write_slowly, args=(own,)) for own in done))
        assert done == [[*range(20)]] * count
    evidence(threads=11)
