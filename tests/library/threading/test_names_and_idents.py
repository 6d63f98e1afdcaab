"""Who is who among threads: names, idents, native ids, current_thread() and main_thread().

Source: https://docs.python.org/3/library/threading.html#threading.Thread.name
"""

import _thread
import os
import sys
import threading
import warnings
from pathlib import Path

from tests.harness import (
    LINUX,
    PYPY,
    WEBASSEMBLY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    in_a_fork,
    in_the_main_thread,
    kinds,
    needs_fork,
    outcome,
    refuted,
)

from .makers import run_to_its_end, waiting_threads


def in_thread(function, **options):
    """What the function returns in a Thread."""
    returned = []
    run_to_its_end(threading.Thread(target=lambda: returned.append(function()), **options))
    return returned[0]


def work():
    pass


class Nameless:
    """Callable, but without a __name__."""

    __call__ = work


def default_names():
    """The names that a fresh interpreter gives to its first threads."""
    threads = [
        threading.Thread(),
        threading.Thread(target=work),
        threading.Thread(target=work, name="named"),
        threading.Thread(target=Nameless()),
        threading.Thread(target=lambda: None, name=""),
    ]
    return [thread.name for thread in threads]


@claim("THREAD23")
def test_default_names_count_and_name_the_target(programs, evidence):
    """A thread is named "Thread-1 (target)" by default, "Thread-1" without a target, and so on.

    Only the threads that get such a name are counted.
    """
    unnamed, target, *others = evidence(names=programs.call(default_names))
    assert (unnamed, target) == ("Thread-1", "Thread-2 (work)")
    assert others == ["named", "Thread-3", "Thread-4 (<lambda>)"]


@claim("THREAD23")
def test_a_name_that_is_given_becomes_text(evidence):
    """A name that is given to a Thread becomes text: name=7 is "7"."""
    assert evidence(name=threading.Thread(target=work, name=7).name) == "7"


@claim("THREAD24")
def test_a_name_can_be_changed_at_any_time(evidence):
    """A thread's name can be changed before, while and after it runs, and need not be unique."""

    def rename():
        names.append(thread.name)
        thread.name = "while"

    thread = threading.Thread(target=rename, name="made")
    names = [thread.name]
    thread.name = "before"
    run_to_its_end(thread)
    names.append(thread.name)
    thread.name = "after"
    assert evidence(names=[*names, thread.name]) == ["made", "before", "while", "after"]


@claim("THREAD24")
def test_a_name_need_not_be_unique(evidence):
    """Several threads may have one name at the same time."""
    with waiting_threads(3, name="same") as threads:
        names = [thread.name for thread in threading.enumerate() if thread in threads]
    assert evidence(names=names) == ["same", "same", "same"]


@claim("THREAD25")
@refuted(
    where=WEBASSEMBLY, because="WebAssembly has no native ids of threads", by="AttributeError: "
)
def test_ident_and_native_id_come_with_the_start(evidence):
    """Before start() ident and native_id are None; then they are the ints of that thread alone.

    That is how to find a thread's id: thread.ident, or get_ident() in the thread itself.  The
    native id, which get_native_id() returns there, is the one that the system shows, as in top or
    htop.
    """
    seen = []
    thread = threading.Thread(
        target=lambda: seen.append((threading.get_ident(), threading.get_native_id()))
    )
    at_first = thread.ident, thread.native_id
    run_to_its_end(thread)
    assert evidence(before_start=at_first) == (None, None)
    assert evidence(in_the_thread=seen) == [(thread.ident, thread.native_id)]


@claim("THREAD25")
def test_live_threads_have_different_idents_and_native_ids(evidence):
    """No two threads that live at the same time have the same ident, or the same native id."""
    with waiting_threads(3) as threads:
        idents = {threading.get_ident(), *(thread.ident for thread in threads)}
        native_ids = {threading.get_native_id(), *(thread.native_id for thread in threads)}
    assert evidence(idents=len(idents), native_ids=len(native_ids)) == (4, 4)


def native_ids():
    """What a fresh program finds: its pid, its native ids, and what the system lists of it."""
    other, listed = in_thread(lambda: (threading.get_native_id(), os.listdir("/proc/self/task")))
    main = threading.main_thread().native_id
    return os.getpid(), main, threading.get_native_id(), other, listed


@claim("THREAD26")
@applies(where=LINUX, because="only Linux counts threads as it counts processes")
def test_a_native_id_is_what_the_system_calls_the_thread(programs, evidence):
    """On Linux the native id of the main thread is the pid, and any other is listed in /proc."""
    pid, main, asked, other, listed = programs.call(native_ids)
    assert evidence(main_thread=main) == asked == pid
    assert evidence(other=other) != main
    assert str(other) in evidence(listed=listed)


def native_ids_in_a_fork():
    """The native id before a fork; the child's, by the system; and what its Thread object has."""
    before_it = threading.get_native_id()
    return before_it, *in_a_fork(
        lambda: (threading.get_native_id(), threading.current_thread().native_id)
    )


@claim("THREAD43")
@needs_fork
@refuted(
    where=before("3.13.4", "3.14.0b2") or PYPY,
    because="os.fork() did not renew the attribute before 3.13.4 and 3.14.0b2 (gh-132542)",
)
def test_a_thread_has_a_native_id_of_its_own_in_a_forked_child(programs, evidence):
    """After os.fork() Thread.native_id of the thread that goes on is the child's.

    Until 3.13.3 it is the parent's, which a log or a profiler then shows for both processes.
    get_native_id() asks the system, and is right everywhere.  In a multiprocessing.Process the
    attribute is right, too.
    """
    parent, child, told = programs.call(native_ids_in_a_fork)
    control(parent != child and told in (parent, child), f"{parent}, {child}, {told}")
    assert evidence(native_id="the parent's" if told == parent else "the child's") == "the child's"


def idents():
    """What three functions say is the ident of the calling thread."""
    return {threading.get_ident(), _thread.get_ident(), threading.current_thread().ident}


@claim("THREAD27")
@in_the_main_thread
def test_get_ident_is_the_ident_of_the_current_thread(background, evidence):
    """get_ident() is current_thread().ident, in the main thread, in a Thread and in _thread's.

    To tell which thread is running, print threading.current_thread().name, or get_ident(), its id.
    """
    main, thread, foreign = idents(), in_thread(idents), background(idents).result()
    seen = evidence(main=main, thread=thread, foreign=foreign)
    assert [len(each) for each in seen] == [1, 1, 1]
    assert main != thread


@claim("THREAD28")
def test_the_ident_of_an_ended_thread_is_reused(evidence):
    """An ident is unique among live threads only: a new thread may get that of an ended one.

    So it is no key for data that outlives the thread.  Use the Thread object as the key, or
    threading.local().
    """
    one_by_one, again = set(), False
    most = 10_000 if WINDOWS else 50  # Windows gives out the ident that has been free the longest
    while not again and len(one_by_one) < most:
        thread = threading.Thread(target=work)
        run_to_its_end(thread)
        again = thread.ident in one_by_one
        one_by_one.add(thread.ident)
    with waiting_threads(20) as threads:
        together = {thread.ident for thread in threads}
    assert evidence(idents_of_20_together=len(together)) == 20
    evidence(threads_one_by_one=len(one_by_one))
    assert evidence(an_ident_came_again=again)


@claim("THREAD29")
@in_the_main_thread
def test_main_thread_is_the_same_in_all_threads(evidence):
    """main_thread() is the same object in all threads: the one called MainThread, no daemon."""
    here = threading.current_thread()
    seen = evidence(here=threading.main_thread(), elsewhere=in_thread(threading.main_thread))
    assert seen == (here, here)
    assert evidence(name=here.name, daemon=here.daemon) == ("MainThread", False)


@claim("THREAD30")
def test_current_thread_is_the_thread_object_itself(evidence):
    """current_thread() is the very object that was started, also one of a subclass."""

    class Own(threading.Thread):
        def run(self):
            self.seen = threading.current_thread()

    thread = Own()
    run_to_its_end(thread)
    assert evidence(seen=thread.seen) is thread


def system_name():
    """What Linux calls the thread that asks."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_bytes().rstrip(b"\n")


names_are_read = applies(where=LINUX, because="the names of threads are read as Linux shows them")
names_are_private = refuted(
    where=before("3.14.0") or PYPY, because="3.14 gives Thread.name to the system (gh-59705)"
)


def as_bytes(name):
    """Return the name as Python hands it to the system; in the C locale that has "?" for "ö"."""
    return name.encode(sys.getfilesystemencoding(), "replace")


@claim("THREAD31")
@cases(
    name={
        "short": "short",
        "15 bytes": "exactly15bytes.",
        "too long": "a name that is too long",
        "not ASCII": "größe 15 bytes ö",
    }
)
@names_are_read
@names_are_private
def test_the_system_knows_the_name_of_a_thread(name, evidence):
    """Tools such as top, ps and gdb show a thread under its Thread.name, cut to 15 bytes.

    Before 3.14 they show all threads under the name of the program (gh-59705), unless it is set
    by other means, such as prctl.
    """
    assert evidence(seen=in_thread(system_name, name=name)) == as_bytes(name)[:15]


@claim("THREAD32")
@cases(renamed_by=("itself", "another thread"))
@names_are_read
@names_are_private
@refuted(
    renamed_by="another thread",
    because="Python tells the system only if the thread renames itself: macOS allows nothing else",
)
def test_the_system_follows_a_change_of_name(renamed_by, evidence):
    """A thread that is given another name while it runs has it for the system too.

    So it is since 3.14 if the thread itself sets it.  If another thread does, Thread.name changes,
    and top, ps and gdb show the old name.  Instead: give the name before start(), or let the thread
    set threading.current_thread().name.
    """

    def rename():
        me, first = threading.current_thread(), system_name()
        if renamed_by == "itself":
            me.name = "second"
        else:
            in_thread(lambda: setattr(me, "name", "second"), name="another")
        control(me.name == "second", f"Python knows the new name: {me.name}")
        return first, system_name()

    assert evidence(seen=in_thread(rename, name="first")) == (b"first", b"second")


@claim("THREAD33")
@refuted(
    where=before("3.13.0") or PYPY,
    because="3.13 made joining a dummy an error like any other",
    by="AssertionError: assert ['AssertionError'] == ['RuntimeError']",
)
def test_joining_a_foreign_thread_is_a_runtime_error(background, evidence):
    """A thread not made by threading is a daemon _DummyThread there; join() is a RuntimeError.

    The threads of _thread and of C libraries are such.  "RuntimeError: cannot join a dummy thread";
    before 3.13, and on PyPy, "AssertionError: cannot join a dummy thread", and with python -O no
    error: join() returns at once, though the thread still runs.
    """
    me = threading.current_thread()  # _thread has started the one in which a spec runs
    answer = background(outcome, me.join).result()
    assert kinds([evidence(join=answer)]) == ["RuntimeError"]


@claim("THREAD33")
@applies(where=not WEBASSEMBLY, because="needs a thread, which WebAssembly does not have")
def test_a_foreign_thread_is_a_dummy(evidence):
    """A foreign thread that asks for current_thread() gets a daemon, which enumerate() lists."""
    me = threading.current_thread()
    seen = evidence(kind=type(me).__name__, daemon=me.daemon, alive=me.is_alive())
    assert seen == ("_DummyThread", True, True)
    assert me in threading.enumerate()


def notify_all():
    condition = threading.Condition()
    with condition:
        return condition.notifyAll()


@claim("THREAD34")
@cases(
    old={
        "currentThread": lambda _: threading.currentThread() is threading.current_thread(),
        "activeCount": lambda _: threading.activeCount() == threading.active_count(),
        "getName": lambda thread: thread.getName() == "named",
        "setName": lambda thread: thread.setName("renamed") or thread.name == "renamed",
        "isDaemon": lambda thread: thread.isDaemon() is True,
        "setDaemon": lambda thread: thread.setDaemon(False) or thread.daemon is False,
        "isSet": lambda _: threading.Event().isSet() is False,
        "notifyAll": lambda _: notify_all() is None,
    }
)
def test_the_old_names_still_work_with_a_warning(old, evidence):
    """The old names currentThread, setDaemon, isSet, ... still work, each with a warning.

    The DeprecationWarning came with 3.10; up to 3.15 none of the names is gone, but isAlive() went
    with 3.9 ('Thread' object has no attribute 'isAlive'): is_alive().  Use current_thread(), the
    attributes name and daemon, is_set() and notify_all().
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        works = old(threading.Thread(name="named", daemon=True))
    warned = kinds(warning.message for warning in caught)
    assert evidence(works=works, warned=warned) == (True, ["DeprecationWarning"])
