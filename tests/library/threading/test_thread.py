"""The life of a Thread: start(), run(), join(), is_alive(), its parameters, the list of threads.

Source: https://docs.python.org/3/library/threading.html#thread-objects
"""

import contextvars
import gc
import threading
import time
import weakref
from multiprocessing import Process
from operator import methodcaller

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    WEBASSEMBLY,
    WINDOWS,
    before,
    cases,
    claim,
    concerns,
    control,
    in_the_main_thread,
    kinds,
    never,
    outcome,
    pause,
    predicts,
    refuted,
    since,
    started,
)

from .makers import run_to_its_end, waiting_threads

#: The seconds by which a wait may end too early.
TICK = 0.016 if WINDOWS else 0


@claim("THREAD01")
def test_a_thread_can_be_started_only_once(evidence):
    """A thread can be started only once: any further start() raises RuntimeError.

    "RuntimeError: threads can only be started once", while the thread runs and after it has ended.
    Make a new Thread instead.
    """
    with waiting_threads() as [thread]:
        while_it_runs = outcome(thread.start)
    afterwards = outcome(thread.start)
    seen = evidence(while_it_runs=while_it_runs, afterwards=afterwards)
    assert kinds(seen) == ["RuntimeError", "RuntimeError"]


@claim("THREAD02")
@cases(timeout=(None, 0, 1))
def test_join_before_start_is_a_runtime_error(timeout, evidence):
    """join() of a thread that was not started raises RuntimeError, whatever the timeout.

    "RuntimeError: cannot join thread before it is started".
    """
    answer = outcome(threading.Thread().join, timeout)
    assert kinds([evidence(join=answer)]) == ["RuntimeError"]


@claim("THREAD03")
@in_the_main_thread
def test_a_thread_cannot_join_itself(evidence):
    """A thread cannot join itself: RuntimeError, whatever the timeout, in the main thread too.

    It would be a deadlock; "RuntimeError: cannot join current thread" comes without waiting.
    """
    outcomes = []

    def join_itself():
        join = threading.current_thread().join
        outcomes.extend(outcome(join, timeout) for timeout in (None, 1, 0))

    run_to_its_end(threading.Thread(target=join_itself))
    join_itself()
    assert kinds(evidence(outcomes=outcomes)) == ["RuntimeError"] * 6


@claim("THREAD04")
def test_join_returns_none_whether_or_not_the_thread_ended(evidence):
    """join(timeout) returns None in every case; only is_alive() says whether it timed out.

    thread.is_alive() is how to check if a thread is already running, or still.  A dead thread
    cannot be started again (THREAD01): make a new one.
    """
    with waiting_threads() as [thread]:
        timed_out = thread.join(0.01), thread.is_alive()
    ended = thread.join(PATIENCE), thread.is_alive()
    assert evidence(timed_out=timed_out, ended=ended) == ((None, True), (None, False))


@claim("THREAD05")
@cases(timeout=(0.05, 0.1))
def test_join_waits_no_longer_than_its_timeout(timeout, evidence):
    """join(timeout) waits for the whole timeout while the thread lives, and then returns.

    On Windows it may be up to 16 ms too early, a tick of the system's clock.
    """
    with waiting_threads() as [thread]:
        begin = time.monotonic()
        thread.join(timeout)
        waited, alive = time.monotonic() - begin, thread.is_alive()
    assert evidence(alive=alive) is True
    assert evidence(waited=waited) >= timeout - 2 * TICK


@claim("THREAD06")
def test_join_returns_as_soon_as_the_thread_ends(background, evidence):
    """join() returns when the thread has ended, however long its timeout, to all who joined."""
    with waiting_threads() as [thread]:
        joiners = [background(thread.join, timeout) for timeout in (None, 600, 600.5)]
        waited = never(lambda: any(joiner.finished for joiner in joiners), during=GRACE / 2)
    returned = [joiner.result() for joiner in joiners]
    assert evidence(waited=waited, returned=returned) == (True, [None, None, None])


@claim("THREAD07")
@cases(timeout=(0, -1, -0.5, 0.0))
def test_join_with_zero_or_less_returns_at_once(timeout, evidence):
    """join() with a timeout of 0, or a negative one, does not wait, and does not raise."""
    with waiting_threads() as [thread]:
        returned, alive = outcome(thread.join, timeout), thread.is_alive()
    assert evidence(returned=returned, alive=alive) == (None, True)


class Uninitialised(threading.Thread):
    """Forgets to call the initialiser of its base class."""

    def __init__(self):
        pass


@claim("THREAD08")
def test_a_subclass_that_skips_init_cannot_be_started(evidence):
    """A Thread subclass whose __init__ does not call the base class's cannot be started.

    start() and join() raise "RuntimeError: thread.__init__() not called".  Begin the __init__
    with super().__init__().
    """
    thread = Uninitialised()
    seen = evidence(start=outcome(thread.start), join=outcome(thread.join))
    assert kinds(seen) == ["RuntimeError", "RuntimeError"]


@claim("THREAD08")
@cases(attribute=("name", "ident", "native_id", "daemon"))
@refuted(
    where=WEBASSEMBLY, attribute="native_id", because="WebAssembly has no native ids of threads"
)
def test_a_subclass_that_skips_init_has_no_attributes(attribute, evidence):
    """The attributes of such a thread raise AssertionError, unless python -O removed it."""
    answer = outcome(getattr, Uninitialised(), attribute)
    assert kinds([evidence(answer=answer)]) == ["AssertionError"]


@claim("THREAD09")
@cases(group=("a group", 1, 0, ""))
def test_a_thread_group_must_be_none(group, evidence):
    """Thread(group=...) must be None: any other value, false ones too, raises AssertionError.

    It is the first parameter, so Thread(function) fails: "AssertionError: group argument must be
    None for now", and with python -O nothing is called.  Write Thread(target=function).
    """
    made = outcome(threading.Thread, group)
    assert kinds([evidence(made=made)]) == ["AssertionError"]


@claim("THREAD10")
def test_run_called_directly_is_an_ordinary_call(evidence):
    """run() called directly runs the target in the caller, and the Thread is never alive.

    Call start(): it makes a thread, which calls run().
    """
    ran_in = []
    thread = threading.Thread(target=lambda: ran_in.append(threading.get_ident()))
    thread.run()
    assert evidence(ran_in=ran_in) == [threading.get_ident()]
    assert evidence(ident=thread.ident, alive=thread.is_alive()) == (None, False)


class Thing:
    """Can be referred to weakly."""


@claim("THREAD11")
@cases(run={"in a thread": run_to_its_end, "in the caller": lambda thread: thread.run()})
def test_a_thread_that_has_run_lets_go_of_its_arguments(run, evidence):
    """A Thread drops its target and its arguments when its run() has ended.

    They can be freed while the Thread object is still there, and a second run() raises
    AttributeError, as it has nothing to call.
    """
    things = Thing(), Thing()
    references = [weakref.ref(thing) for thing in things]
    thread = threading.Thread(target=max, args=things, kwargs={"key": id})
    del things
    gc.collect()
    control(all(reference() for reference in references), "a new Thread keeps its arguments")
    run(thread)
    gc.collect()
    assert evidence(kept=[reference() for reference in references]) == [None, None]
    assert kinds([evidence(second_run=outcome(thread.run))]) == ["AttributeError"]


@claim("THREAD12")
@cases(args={"a tuple": (1, [2]), "a list": [1, [2]]})
def test_the_arguments_may_be_a_list(args, evidence):
    """Thread(args=...) takes a list as well as a tuple, and kwargs=... a dict.

    That is how to pass arguments to a thread.  A single argument in parentheses is no tuple:
    args=(1) is a TypeError in the thread.  Write args=(1,) or args=[1].
    """
    got = []
    run_to_its_end(
        threading.Thread(target=lambda *a, **k: got.append((a, k)), args=args, kwargs={"x": 3})
    )
    assert evidence(got=got) == [((1, [2]), {"x": 3})]


@claim("THREAD46")
@cases(make={"Thread": threading.Thread, "Timer": lambda _, work: threading.Timer(0, work)})
def test_start_returns_none_and_not_the_thread(make, evidence):
    """start() returns None: after thread = Thread(target=work).start() no variable has the thread.

    It runs, but "AttributeError: 'NoneType' object has no attribute 'join'" comes at the next line;
    so it is with process = Process(target=work).start() and terminate().  Write two lines: thread =
    Thread(target=work), then thread.start().
    """
    started = threading.Event()
    thread = make(None, started.set)
    kept = thread.start()
    thread.join(PATIENCE)
    control(started.is_set(), "the thread ran")
    assert evidence(kept=kept) is None
    assert kinds([evidence(join=outcome(lambda: methodcaller("join")(kept)))]) == ["AttributeError"]


def greet(name):
    return f"Hello, {name}"


@claim("THREAD41")
@cases(kind=(threading.Thread, Process))
@refuted(
    because="CPython and PyPy: parentheses make no tuple, and each letter is an argument",
    by="TypeError: greet() takes 1 positional argument but 5 were given",
)
def test_a_text_in_parentheses_is_one_argument(kind, evidence):
    """Thread(target=greet, args=("hello")) calls greet("hello"), and a Process does so too.

    args=("hello") is no tuple but the text, whose letters are the arguments: "TypeError: greet()
    takes 1 positional argument but 5 were given".  Write the comma: args=("hello",), or a list:
    args=["hello"].
    """
    kind(target=greet, args=("hello",)).run()
    error = outcome(kind(target=greet, args=("hello")).run)  # in this thread, to see its error
    evidence(raised=f"{type(error).__name__}: {error}")
    if isinstance(error, Exception):
        raise error


@claim("THREAD13")
def test_a_thread_without_a_target_does_nothing(evidence):
    """A Thread without a target starts, does nothing and ends."""
    thread = threading.Thread()
    run_to_its_end(thread)
    assert evidence(ident=type(thread.ident), alive=thread.is_alive()) == (int, False)


@claim("THREAD14")
def test_start_returns_when_the_thread_is_registered(evidence):
    """When start() returns the thread is alive, has an ident, and is listed."""
    seen = []
    for _ in range(10):
        with waiting_threads() as [thread]:
            ids = type(thread.ident), type(thread.native_id)
            seen.append((*ids, thread.is_alive(), thread in threading.enumerate()))
    assert evidence(ids_alive_listed=seen) == [(int, int, True, True)] * 10


def list_threads():
    """The names that enumerate() lists, and active_count(), beside three threads and afterwards."""
    threading.Thread()  # is not started
    with waiting_threads(3, name="alive"):
        during = [thread.name for thread in threading.enumerate()], threading.active_count()
    return during, ([thread.name for thread in threading.enumerate()], threading.active_count())


@claim("THREAD15")
def test_enumerate_lists_the_live_threads(programs, evidence):
    """enumerate() lists main and every thread that was started and has not ended, once each.

    threading.enumerate() is the list of all running threads; active_count() is their number.
    """
    during, afterwards = programs.call(list_threads)
    assert evidence(during=during) == (["MainThread", "alive", "alive", "alive"], 4)
    assert evidence(afterwards=afterwards) == (["MainThread"], 1)


@claim("THREAD16")
def test_a_thread_is_listed_and_alive_in_its_own_run(evidence):
    """In its own run() a thread is current_thread(), alive, and listed by enumerate()."""
    seen = []

    def look():
        me = threading.current_thread()
        seen.append((me, me.ident == threading.get_ident(), me.is_alive()))
        seen.append(threading.enumerate().count(me))

    thread = threading.Thread(target=look)
    run_to_its_end(thread)
    assert evidence(seen=seen) == [(thread, True, True), 1]


@claim("THREAD17")
def test_a_finished_thread_keeps_ident_and_name(evidence):
    """A thread that has ended keeps its name, ident, native_id and daemon flag."""
    with waiting_threads(name="ended", daemon=True) as [thread]:
        during = ("ended", thread.ident, thread.native_id, True)
    after = (thread.name, thread.ident, thread.native_id, thread.daemon)
    assert evidence(after=after) == during


variable = contextvars.ContextVar("variable", default="default")

no_context = refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 added Thread's parameter context",
    by="TypeError: Thread.__init__() got an unexpected keyword argument 'context'",
)


def value_in_a_thread(**options):
    values = []
    run_to_its_end(threading.Thread(target=lambda: values.append(variable.get()), **options))
    return values[0]


@claim("THREAD18")
@no_context
def test_a_thread_runs_in_the_context_it_is_given(evidence):
    """Thread(context=...) runs the target in that context.

    Before 3.14: "TypeError: Thread.__init__() got an unexpected keyword argument 'context'".
    Instead: Thread(target=context.run, args=(function,)), which works everywhere.
    """
    context = contextvars.Context()
    context.run(variable.set, "in the context")
    assert evidence(got=value_in_a_thread(context=context)) == "in the context"


@claim("THREAD18")
@no_context
def test_a_thread_changes_the_context_it_is_given(evidence):
    """What the target sets stays in that context when the thread has ended, and only there."""
    context = contextvars.Context()
    run_to_its_end(threading.Thread(target=variable.set, args=("changed",), context=context))
    assert evidence(there=context[variable], here=variable.get()) == ("changed", "default")


@claim("THREAD19")
@no_context
def test_a_thread_given_an_empty_context_sees_defaults(evidence):
    """Thread(context=contextvars.Context()) runs the target in an empty context.

    It is the way to start a thread without the values of its starter, which it inherits by
    default where sys.flags.thread_inherit_context is 1.  Before 3.14: "TypeError: Thread.__init__()
    got an unexpected keyword argument 'context'"; there each thread has an empty context anyway.
    """
    variable.set("the starter's")
    assert evidence(got=value_in_a_thread(context=contextvars.Context())) == "default"


@claim("THREAD20")
@predicts("RC39")
@concerns("older attribute of a thread")
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 made threads joinable handles (gh-114271)",
    by="AttributeError: 'Thread' object has no attribute '_tstate_lock'",
)
def test_private_attributes_of_threads_stay(evidence):
    """Thread._tstate_lock, Thread._is_stopped and threading._shutdown_locks can be relied on.

    They are private, but debuggers and gevent read them.  Since 3.13: "AttributeError: 'Thread'
    object has no attribute '_tstate_lock'", or '_wait_for_tstate_lock', or '_set_tstate_lock'.
    What took their place, Thread._handle, is called _os_thread_handle since 3.14.  Instead:
    is_alive(), join() and threading.enumerate().
    """
    with waiting_threads() as [thread]:
        lock, stopped = getattr(thread, "_tstate_lock"), getattr(thread, "_is_stopped")
        evidence(lock=lock, stopped=stopped, all_locks=getattr(threading, "_shutdown_locks"))


@claim("THREAD21")
def test_a_representation_shows_the_state_of_a_thread(evidence):
    """The repr of a thread shows its name, and whether it is initial, started or stopped."""
    initial = repr(threading.Thread(name="shown", daemon=False))
    with waiting_threads(name="shown", daemon=False) as [thread]:
        during = repr(thread)
    assert evidence(initial=initial) == "<Thread(shown, initial)>"
    assert evidence(during=during) == f"<Thread(shown, started {thread.ident})>"
    assert evidence(after=repr(thread)) == f"<Thread(shown, stopped {thread.ident})>"


@claim("THREAD22")
@cases(count=(1, 10))
def test_join_makes_the_threads_writes_visible(count, evidence):
    """After join() all that the thread has done is there, for each of many threads."""

    def write_slowly(own):
        for number in range(20):
            own.append(number)
            pause()

    done = [[] for _ in range(count)]
    threads = started(threading.Thread(target=write_slowly, args=(own,)) for own in done)
    for thread in threads:
        thread.join()
    assert evidence(done=done) == [list(range(20))] * count


FOREIGN = """
import _thread, threading, time

def work():
    threading.current_thread()
    known.release()
    may_end.acquire()

known, may_end = _thread.allocate_lock(), _thread.allocate_lock()
known.acquire()
may_end.acquire()
_thread.start_new_thread(work, ())
known.acquire()
print(threading.active_count())
may_end.release()
end = time.monotonic() + 2  # it is forgotten a moment after its last line
while threading.active_count() > 1 and time.monotonic() < end:
    time.sleep(0.001)
print(threading.active_count())
"""


@claim("THREAD42")
@predicts("N52")
@refuted(where=before("3.13.0"), because="3.13 forgets such a thread when it ends (gh-114423)")
def test_a_foreign_thread_is_forgotten_when_it_ends(programs, evidence):
    """enumerate() and active_count() forget a thread that threading did not make when it ends.

    Threads of C libraries, GUIs and _thread become known when they call current_thread(), or log
    something: "<_DummyThread(Dummy-1, started daemon ...)>".  Before 3.13 they are listed for ever,
    so that a program seems to leak threads.  There: count those of /proc/self/task.
    """
    program = programs.run(FOREIGN)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    meanwhile, afterwards = evidence(threads=program.lines)
    control(meanwhile == "2", "it is listed while it runs")
    assert afterwards == "1"


@claim("THREAD44")
@cases(kind={"Thread": threading.Thread, "Process": Process})
@cases(word=("arg", "func", "fn"))
def test_a_misspelt_parameter_is_refused(kind, word, evidence):
    """Thread(arg=(1,)), for args, is refused, and so are func= and fn=, for target.

    "TypeError: Thread.__init__() got an unexpected keyword argument 'arg'", with "Did you mean
    'args'?" since 3.13; of Process "TypeError: BaseProcess.__init__() got an unexpected keyword
    argument 'arg'".  Instead: Thread(target=work, args=(1,), kwargs={"retries": 3}).
    """
    error = outcome(kind, **{word: (1,)})
    assert kinds([evidence(raised=error)]) == ["TypeError"]
    owner = "BaseProcess" if kind is Process else "Thread"
    text = f"{owner}.__init__() got an unexpected keyword argument '{word}'"
    assert str(error).startswith(text)


KEPT_TO_THE_END = """
import sys, threading
threading.program = sys.modules["__main__"]
dummy = threading._DummyThread()
"""


@claim("THREAD45")
@predicts("N128")
@refuted(
    where=since("3.13.0") and before("3.13.6"),
    because="3.13.0 to 3.13.5 look for a lock that is gone by then (gh-130522)",
)
def test_a_dummy_that_lives_to_the_end_says_nothing(programs, evidence):
    """The object of a foreign thread may live until the interpreter's end, without a word.

    From 3.13.0 to 3.13.5 debuggers, tracers and coverage, which keep modules alive, show "Exception
    ignored in: <function _DeleteDummyThreadOnDel.__del__ ...>" and "TypeError: 'NoneType' object
    does not support the context manager protocol" at the end.  It does no harm; later releases are
    silent.
    """
    program = programs.run(KEPT_TO_THE_END)
    control(program.exit_code == 0, f"the program ends well: {program}")
    assert evidence(printed=program.err) == ""
