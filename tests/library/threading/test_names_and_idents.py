"""Who is who among threads: names, idents, native ids, current_thread() and main_thread().

Source: https://docs.python.org/3/library/threading.html#threading.Thread.name
"""

import _thread
import os
import sys
import threading
from pathlib import Path

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    outcome,
    raises,
    refuted,
    started,
    until,
)


def in_thread(function, **options):
    """What the function returns in a thread of its own."""
    returned = []
    joined(*started([threading.Thread(target=lambda: returned.append(function()), **options)]))
    return returned[0]


def work():
    pass


class Worker:
    """Callable, but nameless."""

    __call__ = work


def name_threads():
    """The names that a fresh interpreter gives to its first threads."""
    threads = [
        threading.Thread(),
        threading.Thread(target=work),
        threading.Thread(name="named"),
        threading.Thread(target=Worker()),
        threading.Thread(target=lambda: None),
        threading.Thread(target=work, name=7),
        threading.Thread(target=work, name=""),
        threading.Thread(None, work, None),
    ]
    return [thread.name for thread in threads]


@claim("TH09")
def test_default_names_count_and_tell_the_target(programs, evidence):
    """A thread is named "Thread-1 (target)" by default, "Thread-1" without a target, and so on.

    Only the threads that get such a name are counted.  A name that is given becomes text.
    """
    names = programs.call(name_threads)
    evidence(names=names)
    assert names == [
        "Thread-1",
        "Thread-2 (work)",
        "named",
        "Thread-3",
        "Thread-4 (<lambda>)",
        "7",
        "Thread-5 (work)",
        "Thread-6 (work)",
    ]


@claim("TH70")
def test_a_name_can_be_changed_at_any_time(evidence):
    """A thread's name can be changed before, while and after it runs, and need not be unique."""
    gate = threading.Event()
    threads = [threading.Thread(target=gate.wait, args=(PATIENCE,), name="same") for _ in range(3)]
    names = [thread.name for thread in threads]
    threads[0].name = "before"
    try:
        started(threads)
        names.append(threads[0].name)
        threads[0].name = 7
        names.append(threads[0].name)
        names += [thread.name for thread in threading.enumerate() if thread in threads[:1]]
    finally:
        gate.set()
        joined(*threads)
    threads[0].name = "after"
    evidence(names=names)
    assert names == ["same", "same", "same", "before", "7", "7"]
    assert [thread.name for thread in threads] == ["after", "same", "same"]


@claim("TH10")
def test_ident_and_native_id_come_with_the_start(evidence):
    """Before start() ident and native_id are None; then they are the ints of that thread alone.

    They are what get_ident() and get_native_id() return in the thread.
    """
    gate, seen = threading.Event(), {}

    def tell(number):
        seen[number] = threading.get_ident(), threading.get_native_id()
        gate.wait(PATIENCE)

    threads = [threading.Thread(target=tell, args=(i,)) for i in range(3)]
    before = [(thread.ident, thread.native_id) for thread in threads]
    try:
        started(threads)
        until(lambda: len(seen) == 3, "three threads to tell their ids")
        during = [(thread.ident, thread.native_id) for thread in threads]
        read_only = outcome(setattr, threads[0], "ident", 7)
    finally:
        gate.set()
        joined(*threads)
    evidence(before=before, during=during)
    assert before == [(None, None)] * 3
    assert during == [seen[i] for i in range(3)]
    assert {type(number) for pair in during for number in pair} == {int}
    assert len({ident for ident, _ in during}) == len({native for _, native in during}) == 3
    assert threading.get_ident() not in {ident for ident, _ in during}
    assert type(read_only) is AttributeError


@claim("TH71")
@applies(where=sys.platform == "linux", because="only Linux counts threads as it counts processes")
def test_a_native_id_is_what_the_system_calls_the_thread(evidence):
    """On Linux the native id of the main thread is the pid, and any other is listed in /proc."""
    main = threading.main_thread().native_id
    in_main = threading.get_native_id()
    native, listed = in_thread(lambda: (threading.get_native_id(), os.listdir("/proc/self/task")))
    evidence(main=main, other=native)
    assert main == in_main == os.getpid()
    assert native != main
    assert {str(native), str(main)} <= set(listed)


@claim("TH72")
def test_get_ident_is_the_ident_of_the_current_thread(evidence):
    """get_ident() is current_thread().ident, in the main thread, in a thread and in _thread's."""
    told = [
        (threading.get_ident(), _thread.get_ident(), threading.current_thread().ident),
        in_thread(
            lambda: (threading.get_ident(), _thread.get_ident(), threading.current_thread().ident)
        ),
    ]
    evidence(told=told)
    assert [len(set(idents)) for idents in told] == [1, 1]
    assert told[0][0] != told[1][0]
    assert type(threading.get_ident()) is int
    assert threading.get_ident() != 0


@claim("TH56")
def test_the_ident_of_an_ended_thread_is_reused(evidence):
    """An ident is unique among live threads only: a new thread may get that of an ended one.

    So it is no key for data that outlives the thread; the Thread object is, or threading.local().
    """
    one_by_one = []
    for _ in range(50):
        thread = threading.Thread(target=work)
        joined(*started([thread]))
        one_by_one.append(thread.ident)
    gate = threading.Event()
    together = [threading.Thread(target=gate.wait, args=(PATIENCE,)) for _ in range(20)]
    try:
        idents = {thread.ident for thread in started(together)}
    finally:
        gate.set()
        joined(*together)
    evidence(idents_of_50_one_by_one=len(set(one_by_one)), of_20_together=len(idents))
    assert len(idents) == 20
    assert len(set(one_by_one)) < 50


@claim("TH73")
def test_main_thread_is_the_same_in_all_threads(evidence):
    """main_thread() is the same object in all threads: the one called MainThread, no daemon."""
    main = threading.main_thread()
    seen = in_thread(lambda: (threading.main_thread(), threading.current_thread()))
    evidence(main=main)
    assert threading.current_thread() is main
    assert seen[0] is main
    assert seen[1] is not main
    assert (main.name, main.daemon, main.is_alive()) == ("MainThread", False, True)
    assert isinstance(main, threading.Thread)
    assert main.ident == threading.get_ident()


@claim("TH74")
def test_current_thread_is_the_thread_object_itself(evidence):
    """current_thread() is the very object that was started, also one of a subclass."""

    class Own(threading.Thread):
        def run(self):
            self.seen = threading.current_thread(), threading.current_thread()

    threads = [Own(name=f"own {i}") for i in range(3)]
    joined(*started(threads))
    evidence(seen=len(threads))
    assert [thread.seen for thread in threads] == [(thread, thread) for thread in threads]


def os_name():
    """What Linux calls the thread that asks."""
    comm = Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_bytes()
    return comm.decode(errors="replace").rstrip("\n")


@claim("TH36")
@applies(where=sys.platform == "linux", because="the names of threads are read as Linux shows them")
@refuted(where=before("3.14.0") or PYPY, because="3.14 gives Thread.name to the system (gh-59705)")
def test_the_system_knows_the_name_of_a_thread(evidence):
    """Tools such as top, ps and gdb show a thread under its Thread.name, cut to 15 bytes.

    Before 3.14 they show all threads under the name of the program (gh-59705), unless it is set
    by other means, such as prctl.
    """
    names = ["short", "exactly15bytes.", "a name that is too long", "größe 15 bytes ö"]
    of_the_process = os_name()
    seen = [in_thread(os_name, name=name) for name in names]
    cut = [name.encode()[:15].decode(errors="replace") for name in names]
    control(seen in (cut, [of_the_process] * 4), f"neither its own nor the process's: {seen}")
    evidence(seen=seen)
    assert seen == cut


@claim("TH75")
@applies(where=sys.platform == "linux", because="the names of threads are read as Linux shows them")
@refuted(where=before("3.14.0") or PYPY, because="3.14 gives Thread.name to the system (gh-59705)")
def test_the_system_follows_a_change_of_name(evidence):
    """A thread that is given another name while it runs has it for the system too."""

    def rename():
        before = os_name()
        threading.current_thread().name = "second"
        return before, os_name()

    of_the_process = os_name()
    seen = in_thread(rename, name="first")
    control(seen in (("first", "second"), (of_the_process,) * 2), f"neither nor: {seen}")
    evidence(seen=seen)
    assert seen == ("first", "second")


@claim("TH27")
@refuted(
    where=before("3.13.0") or PYPY, because="3.13 made joining a dummy an error like any other"
)
def test_joining_a_foreign_thread_is_a_runtime_error(background, evidence):
    """A thread not made by threading is a daemon _DummyThread there; join() is a RuntimeError.

    Before 3.13, and on PyPy: AssertionError: cannot join a dummy thread, and with python -O no
    error, but a wait that may never end.  Such are the threads of _thread and of C libraries.
    """
    gate, told = threading.Event(), threading.Event()
    seen = []

    def look():
        me = threading.current_thread()
        seen.append((type(me).__name__, me.daemon, me.is_alive(), me in threading.enumerate()))
        seen.append((me, me.ident, threading.get_ident(), threading.current_thread()))
        told.set()
        gate.wait(PATIENCE)

    foreign = background(look)
    try:
        until(told.is_set, "the thread to tell what it is", within=PATIENCE)
        dummy = seen[1][0]
        joining = background(outcome, dummy.join).result()
    finally:
        gate.set()
    foreign.result()
    control(seen[0] == ("_DummyThread", True, True, True), f"it is no live dummy: {seen[0]}")
    control(seen[1] == (dummy, seen[1][2], seen[1][2], dummy), f"it has another ident: {seen[1]}")
    control(type(joining) in (RuntimeError, AssertionError), f"neither error: {joining!r}")
    evidence(seen=seen[0], joining=joining)
    assert type(joining) is RuntimeError


def aliases():
    """Every old name with the new one's value, and its own."""
    thread = threading.Thread(name="named", daemon=True)
    event, condition = threading.Event(), threading.Condition()
    event.set()
    yield "currentThread", threading.currentThread, threading.current_thread()
    yield "activeCount", threading.activeCount, threading.active_count()
    yield "getName", thread.getName, "named"
    yield "setName", lambda: (thread.setName("renamed"), thread.name)[1], "renamed"
    yield "isDaemon", thread.isDaemon, True
    yield "setDaemon", lambda: (thread.setDaemon(False), thread.daemon)[1], False
    yield "isSet", event.isSet, True
    yield "notifyAll", lambda: notify(condition), None


def notify(condition):
    with condition:
        return condition.notifyAll()


@claim("TH28")
def test_the_old_names_still_work_with_a_warning(evidence):
    """The old names currentThread, setDaemon, isSet, ... still work, each with a warning.

    The DeprecationWarning came with 3.10; up to 3.15 none of the names is gone.  Use
    current_thread(), the attributes name and daemon, is_set() and notify_all().
    """
    values, warned = {}, []
    for name, old, expected in aliases():
        with raises(DeprecationWarning):
            old()  # the suite turns warnings into exceptions
        warned.append(name)
        values[name] = ignoring_warnings(old) == expected
    evidence(warned=warned, values=values)
    assert warned == (
        "currentThread activeCount getName setName isDaemon setDaemon isSet notifyAll".split()
    )
    assert values == dict.fromkeys(warned, True)


def ignoring_warnings(function):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return function()
