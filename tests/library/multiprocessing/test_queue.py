"""multiprocessing.Queue: a buffer, a thread that feeds a pipe, and three semaphores.

Most surprises come from the feeder thread: put() only appends to a buffer.  What it has in common
with queue.Queue is examined with that.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue
"""

import _thread
import multiprocessing
import pickle
import signal
import sys
import threading
from contextlib import closing, contextmanager, redirect_stderr
from functools import partial
from io import StringIO

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    MACOS,
    PATIENCE,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    since,
    started,
    until,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000


class Unpicklable:
    """An item that cannot be pickled."""

    def __reduce__(self):
        raise ValueError("this cannot be pickled")


class Held:
    """An item at which the queue's feeder stops until it is let go."""

    def __init__(self):
        self.reached, self.let_go = threading.Event(), threading.Event()

    def __reduce__(self):
        self.reached.set()
        self.let_go.wait(2 * PATIENCE)
        return str, ("held",)


@contextmanager
def held_queue():
    """Yield a queue whose feeder has stopped at its first item, and what lets it go on."""
    held = Held()
    with closing(here.Queue()) as items:
        try:
            items.put(held)
            until(held.reached.is_set, "the feeder to pickle the first item")
            yield items, held.let_go.set
        finally:
            held.let_go.set()


def drained(items, count):
    """Return ``count`` items, and the kind of what one more get_nowait() gives."""
    return [items.get(timeout=PATIENCE) for _ in range(count)], kinds([outcome(items.get_nowait)])


@claim("MPQUEUE05")
def test_an_unpicklable_item_is_dropped_without_an_exception(evidence):
    """put() of what cannot be pickled raises nothing: the item is dropped, later ones arrive.

    You might expect put() to raise.  It only appends to a buffer; the feeder thread pickles, prints
    a traceback on standard error, "obj = _ForkingPickler.dumps(obj)" in _feed(), and goes on.  A
    reader that counts on the item waits forever.  pickle.dumps() it first, or use a SimpleQueue.
    """
    stderr = StringIO()
    with redirect_stderr(stderr), closing(here.Queue(2)) as items:
        for item in ("a", Unpicklable(), "b"):
            items.put(item, timeout=PATIENCE)
        got, more = drained(items, 2)
    assert evidence(got=got, then=more) == (["a", "b"], ["Empty"])
    assert "ValueError: this cannot be pickled" in evidence(printed=stderr.getvalue())


SHARED = "Queue JoinableQueue SimpleQueue Lock RLock Semaphore BoundedSemaphore Condition Event"


@claim("MPQUEUE06")
@cases(
    make={
        **{name: getattr(here, name) for name in SHARED.split()},
        "Barrier": partial(here.Barrier, 2),
    }
)
def test_queues_and_locks_travel_by_inheritance_only(make, evidence):
    """Pickling a queue or a lock anywhere but in Process.start() raises RuntimeError.

    So you cannot put one into a queue, send it through a pipe or give it to a task of a Pool:
    "RuntimeError: Queue objects should only be shared between processes through inheritance".  Pass
    it to Process(args=...) or Pool(initargs=...), or use a Manager's.
    """
    shared = make()
    with closing(here.SimpleQueue()) as way:
        refusals = [outcome(pickle.dumps, shared), outcome(way.put, shared)]
        assert kinds(evidence(refusals=refusals)) == ["RuntimeError", "RuntimeError"]
        assert way.empty()
    name = type(shared).__name__
    kind = name if name.endswith("Queue") else ""  # some locks have parts that refuse first
    text = f"{kind} objects should only be shared between processes through inheritance"
    assert str(refusals[0]).endswith(text)


@claim("MPQUEUE07")
def test_an_item_is_not_there_yet_when_put_returns(evidence):
    """When put() has returned, empty() may still be True, and get_nowait() raise queue.Empty.

    You might expect to find what the same thread has just put.  So empty() of a
    multiprocessing.Queue is not reliable, and get(block=False) can raise queue.Empty on a non-empty
    queue.  put() leaves it to the feeder thread to pickle the item and write it to the pipe, where
    empty() and get() look for it.  Here the feeder is held up; usually it is late by some
    microseconds.  Use get() with a timeout, and a sentinel for the end.
    """
    with held_queue() as (items, let_go):
        items.put("next")
        empty, got = items.empty(), outcome(items.get_nowait)
        let_go()
        arrived, more = drained(items, 2)
    assert evidence(empty=empty, get=kinds([got])) == (True, ["Empty"])
    assert evidence(arrived=arrived, then=more) == (["held", "next"], ["Empty"])


@claim("MPQUEUE08")
@cases(kind=(here.Queue, here.JoinableQueue), used=(False, True))
def test_a_closed_queue_refuses_put_and_get(kind, used, evidence):
    """After close() every put() and get() in this process raises ValueError.

    "ValueError: Queue <...> is closed".  close() may be repeated.  You do not need to close a
    queue: its pipe is closed when nobody refers to it any more.
    """
    items = kind()
    if used:
        items.put("item")
        items.get(timeout=PATIENCE)
    items.close()
    items.close()
    items.join_thread()
    refusals = [outcome(put, "item") for put in (items.put, items.put_nowait)]
    refusals += [outcome(get) for get in (items.get, items.get_nowait)]
    assert kinds(evidence(refusals=refusals)) == ["ValueError"] * 4
    assert all(str(refusal).endswith(" is closed") for refusal in refusals)


def put_one(items, item, report):
    items.put(item)
    report("put")


@claim("MPQUEUE09")
@predicts("RC22")
def test_a_process_does_not_end_before_its_large_item_is_read(ctx, reports, background, evidence):
    """A child that has put a large item does not end before it is got: join() first deadlocks.

    You might expect that join() may come before get(), and with small items it may.  At its end
    a process joins the feeder thread, which must write everything into a pipe of some 64 KiB
    ("Joining processes that use queues" in the documentation, gh-73983).  Call get() for all
    that was put, and then join().
    """
    with closing(ctx.Queue()) as items:
        child = ctx.Process(target=put_one, args=(items, LARGE, reports.reporter))
        child.start()
        assert reports.next() == "put"
        child.join(GRACE / 3)
        stays = child.is_alive()
        # In the background, as half an item would be waited for whatever the timeout.
        got = background(items.get, True, PATIENCE).result()
        assert evidence(stays=stays, then=joined(child)) == (True, [0])
    assert got == LARGE


@claim("MPQUEUE09")
def test_a_process_ends_before_its_small_item_is_read(ctx, reports, evidence):
    """A child whose item fits into the pipe ends before it is got."""
    with closing(ctx.Queue()) as items:
        child = ctx.Process(target=put_one, args=(items, "small", reports.reporter))
        child.start()
        assert reports.next() == "put"
        exit_codes = joined(child)
        assert evidence(exit_codes=exit_codes, got=drained(items, 1)[0]) == ([0], ["small"])


@claim("MPQUEUE10")
@cases(missing=("shutdown", "task_done", "join"))
@refuted(
    because="CPython and PyPy: multiprocessing's Queue has never had it; 3.13 gave it none",
    by="AttributeError: 'Queue' object has no attribute ",
)
def test_a_queue_has_what_a_threads_queue_has(missing):
    """multiprocessing.Queue has shutdown(), task_done() and join() as queue.Queue has.

    "AttributeError: 'Queue' object has no attribute 'shutdown'", nor 'task_done' nor 'join'.  3.13
    added shutdown() to queue.Queue and to asyncio.Queue only (gh-96471, gh-104228).  Use a
    JoinableQueue for the other two, and a sentinel per reader for shutdown().
    """
    assert callable(getattr(here.Queue(), missing))


def put_numbered(items, writer):
    for number in range(60):
        items.put((writer, number, "x" * (number * 37 % 7 * 5_000)))


@claim("MPQUEUE11")
def test_several_writers_lose_and_double_nothing(ctx, evidence):
    """With three writing processes nothing is lost or doubled, and each one's order is kept.

    Items of different processes come in any order, so results get out of order: put a number with
    each, and sort.
    """
    with closing(ctx.Queue()) as items:
        writers = started(ctx.Process(target=put_numbered, args=(items, w)) for w in "abc")
        got, more = drained(items, 180)
        assert evidence(then=more, exit_codes=joined(*writers)) == (["Empty"], [0, 0, 0])
    for writer in "abc":
        own = [(number, len(text)) for who, number, text in got if who == writer]
        assert own == [(number, number * 37 % 7 * 5_000) for number in range(60)]


def change_the_size_by_one(items, report):
    report.hold("ready")
    items.get(timeout=PATIENCE)
    size = items.qsize()
    items.put("c")
    items.put("d")
    report((size, items.qsize()))


@claim("MPQUEUE12")
@predicts("RC23")
@refuted(where=MACOS, because="macOS has no sem_getvalue() (gh-101094)", by=NotImplementedError)
def test_qsize_tells_the_number_of_items(ctx, reports, evidence):
    """Queue.qsize() is the number of items that any process has put and no process has got.

    On macOS it raises NotImplementedError, since sem_getvalue() is missing there: what worked
    on Linux fails on a colleague's machine.  Count with a Value, or send sentinels.
    """
    with closing(ctx.Queue()) as items:
        sizes = [items.qsize()]
        child = ctx.Process(target=change_the_size_by_one, args=(items, reports.reporter))
        child.start()
        assert reports.next() == "ready"
        for item in "ab":
            items.put(item)
            sizes.append(items.qsize())
        reports.release()
        sizes += [*reports.next(), items.qsize()]
        assert joined(child) == [0]
    assert evidence(sizes=sizes) == [0, 1, 2, 1, 3, 3]


@claim("MPQUEUE13")
@refuted(because="CPython and PyPy: the feeder thread pickles, at some time after put()")
def test_put_takes_the_item_as_it_is(evidence):
    """What arrives is the object as it was at put(), whatever happens to it afterwards.

    The documentation says: "When an object is put on a queue, the object is pickled and a
    background thread later flushes the pickled data".  In fact the background thread pickles
    too, so that a list which is changed after put() may arrive changed, and a dict raise
    RuntimeError there.  Put a copy, or use a SimpleQueue.
    """
    letters = ["a"]
    with held_queue() as (items, let_go):
        items.put(letters)
        letters.append("b")
        let_go()
        (_, got), _ = drained(items, 2)
    control(got in (["a"], ["a", "b"]), f"got {got!r}")
    assert evidence(got=got) == ["a"]


def get_until_none(items, report):
    report.hold("ready")
    report(list(iter(lambda: items.get(timeout=PATIENCE), None)))


@claim("MPQUEUE14")
def test_each_item_reaches_exactly_one_reader(ctx, reports, evidence):
    """Each item reaches exactly one of several readers, and each gets its items in order."""
    with closing(ctx.Queue()) as items:
        readers = started(
            ctx.Process(target=get_until_none, args=(items, reports.reporter)) for _ in range(2)
        )
        assert reports.collect(2) == ["ready", "ready"]
        reports.release()
        for item in [*range(100), None, None]:
            items.put(item)
        shares = reports.collect(2)
        assert evidence(exit_codes=joined(*readers)) == [0, 0]
    evidence(shares=[len(share) for share in shares])
    assert sorted(shares[0] + shares[1]) == [*range(100)]
    assert shares == [sorted(share) for share in shares]


def put_and_give_up(items, when, report):
    if when == "before":
        items.cancel_join_thread()
    items.put(LARGE)
    if when == "after":
        items.cancel_join_thread()
    report("put")


@claim("MPQUEUE15")
@cases(when=("before", "after"))
def test_cancel_join_thread_lets_a_process_end_undelivered(ctx, when, reports, evidence):
    """After cancel_join_thread() a process ends although nobody has read what it put.

    What was in its buffer is lost, and the queue may be left with half an item and its lock
    held: do not use it any more.
    """
    with closing(ctx.Queue()) as items:
        writer = ctx.Process(target=put_and_give_up, args=(items, when, reports.reporter))
        writer.start()
        assert reports.next() == "put"
        assert evidence(exit_codes=joined(writer)) == [0]


def get_when_released(items, report):
    report.hold("ready")
    report(items.get(timeout=PATIENCE) == LARGE)


@claim("MPQUEUE16")
def test_join_thread_waits_until_all_is_written(ctx, reports, background, evidence):
    """join_thread() waits until all that was put is in the pipe; it may be called after close().

    After close() this process can put nothing more, but what it has put still reaches the others.
    """
    items = ctx.Queue()
    reader = ctx.Process(target=get_when_released, args=(items, reports.reporter))
    reader.start()
    assert reports.next() == "ready"
    items.put(LARGE)
    items.close()
    joining = background(items.join_thread)
    waits = never(lambda: joining.finished, during=GRACE / 3)
    reports.release()
    arrived = reports.next()
    joining.result()
    assert joined(reader) == [0]
    assert evidence(waits=waits, arrived=arrived) == (True, True)


@claim("MPQUEUE16")
def test_join_thread_before_close_is_an_error(evidence):
    """join_thread() before close() raises AssertionError."""
    with closing(here.Queue()) as items:
        refusal = outcome(items.join_thread)
    assert evidence(refusal=kinds([refusal])) == ["AssertionError"]


def get_forever(items, report):
    main = threading.get_ident()

    def report_once_blocked():
        # Inside get() the lock is taken first; then comes the pipe, in another module.
        where = "connection.py"
        until(lambda: sys._current_frames()[main].f_code.co_filename.endswith(where), where)
        report("inside get()")

    _thread.start_new_thread(report_once_blocked, ())
    items.get()


@claim("MPQUEUE17")
def test_a_terminated_reader_keeps_the_lock_of_its_queue(ctx, reports, evidence):
    """A reader that is terminated inside get() keeps the queue's lock: no other gets anything.

    get() takes a lock first and then waits for the pipe; terminate() and kill() give the reader no
    chance to release the lock.  Later readers raise queue.Empty, or wait forever, though an item
    is there.  End readers by a sentinel, or give each a Pipe.
    """
    with closing(ctx.Queue()) as items:
        reader = ctx.Process(target=get_forever, args=(items, reports.reporter))
        reader.start()
        assert reports.next() == "inside get()"
        reader.terminate()
        assert joined(reader) == [-signal.SIGTERM]
        items.put("item")
        until(lambda: not items.empty(), "the item to arrive")
        refusals = [outcome(items.get, timeout=GRACE / 10), outcome(items.get_nowait)]
        assert evidence(get=kinds(refusals), empty=items.empty()) == (["Empty", "Empty"], False)


#: A daemon thread reads what was put as soon as it sees the main thread join another thread.
LEAVING = f"""
import contextlib, sys, threading
from multiprocessing import get_context

def main_thread_joins():
    frame = sys._current_frames()[threading.main_thread().ident]
    while frame:
        if frame.f_code.co_name == "join" and "threading" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False

def read():
    while not main_thread_joins():
        threading.Event().wait(0.001)
    print("it waits for the feeder", flush=True)
    with contextlib.suppress(Exception):  # as soon as all is written the queue is closed
        items.get()

if __name__ == "__main__":
    items = get_context({DEFAULT_START_METHOD!r}).Queue()
    threading.Thread(target=read, daemon=True).start()
    items.put("x" * 1_000_000)
    print("the end", flush=True)
"""


@claim("MPQUEUE18")
@refuted(because="CPython and PyPy: every process joins its feeder thread at its end")
def test_the_maker_of_a_queue_does_not_wait_for_readers(programs, evidence):
    """The process that made a queue can end before anybody reads the items that it put.

    "By default if a process is not the creator of the queue then on exit it will attempt to
    join the queue's background thread", says the documentation of join_thread().  In fact the
    creator does so too: the program prints its last line and hangs until somebody reads.  Call
    get() for all that was put, or cancel_join_thread().
    """
    program = programs.run(LEAVING)
    control((program.exit_code, program.lines[:1]) == (0, ["the end"]), f"{program!r}")
    assert "it waits for the feeder" not in evidence(printed=program.lines)


def double_one(items):
    items.put(items.get(timeout=PATIENCE) * 2)


@claim("MPQUEUE19")
@refuted(
    where=DEFAULT_START_METHOD == "fork" and since("3.11.5", "3.12.0"),
    because="3.14 made forkserver the default on Linux (gh-84559); a fork queue is for fork only",
    by="RuntimeError: A SemLock created in a fork context is being shared with a process in a",
)
@refuted(
    where=DEFAULT_START_METHOD == "fork" and before("3.11.5", "3.12.0"),
    because="before 3.11.5 and 3.12 start() does not notice (gh-77377), and the child dies",
    by="AssertionError: the child ended with",
)
def test_a_queue_of_the_module_serves_a_spawned_process(evidence):
    """multiprocessing.Queue() can be given to a process of get_context("spawn").

    Where fork is the default, as on Linux before 3.14, start() raises "RuntimeError: A SemLock
    created in a fork context is being shared with a process in a spawn context. This is not
    supported. Please use the same context to create multiprocessing objects and Process." since
    3.11.5 and 3.12 (gh-77377); before, the child that uses it dies of SIGSEGV, with exit code -11.
    Make the queue by the context of the process: ctx.Queue().
    """
    with closing(here.Queue()) as items:
        items.put(21)
        child = multiprocessing.get_context("spawn").Process(target=double_one, args=(items,))
        child.start()
        exit_codes = joined(child)
        assert exit_codes == [0], f"the child ended with {exit_codes}"
        assert evidence(got=items.get(timeout=PATIENCE)) == 42


KILLED = """
import multiprocessing, os, threading, time

def put(letters):
    letters.put(b"x" * 10_000_000)

if __name__ == "__main__":
    letters = multiprocessing.Queue()
    writer = multiprocessing.Process(target=put, args=(letters,))
    writer.start()
    end = time.monotonic() + 10
    while letters.empty() and time.monotonic() < end:
        time.sleep(0.001)  # until the pipe has the beginning of the item
    writer.kill()
    writer.join()
    reader = threading.Thread(target=letters.get, kwargs={"timeout": 0.01}, daemon=True)
    reader.start()
    reader.join(1)
    print(writer.exitcode, reader.is_alive(), flush=True)
    os._exit(0)
"""


@claim("MPQUEUE26")
@predicts("N18")
@needs_posix
def test_get_waits_for_the_rest_of_an_item(programs, evidence):
    """If a process is killed while it puts a large item, get(timeout=...) of another one hangs.

    The timeout is for the beginning of an item.  The rest never comes, and there is no EOFError
    either, since the reader itself has the pipe's other end; all other readers wait for the lock
    that this one holds.  So it is after Process.kill(), terminate(), and the out-of-memory killer.
    Instead: a Pipe for each writer, and multiprocessing.connection.wait() for it and for
    Process.sentinel.
    """
    program = programs.run(KILLED)
    control("Traceback" not in program.err, f"the program ends well: {program}")
    assert evidence(exit_code_and_still_waiting=program.lines) == [f"{-signal.SIGKILL} True"]
