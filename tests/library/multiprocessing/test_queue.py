"""multiprocessing.Queue: a buffer, a thread that feeds a pipe, and three semaphores.

Most of what surprises about it comes from the feeder thread: put() only appends to a buffer.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue
"""

import _thread
import multiprocessing
import pickle
import queue
import signal
import sys
import threading
import time
from contextlib import closing, contextmanager, redirect_stderr
from io import StringIO

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    predicts,
    refuted,
    started,
    until,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000

#: What queue.Queue has, or has since 3.13, and multiprocessing's has not.
MISSING = {
    "shutdown": lambda items: items.shutdown(),
    "task_done": lambda items: items.task_done(),
    "join": lambda items: items.join(),
}


class Refusal(Exception):
    """Raised by what does not let itself be pickled."""


class Unpicklable:
    """An item that cannot be pickled."""

    def __init__(self, number):
        self.number = number

    def __reduce__(self):
        raise Refusal(f"number {self.number}")


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
    """Yield a queue whose feeder has stopped at its first item, and that item."""
    held = Held()
    with closing(here.Queue()) as items:
        try:
            items.put(held)
            until(held.reached.is_set, "the feeder to pickle the first item")
            yield items, held
        finally:
            held.let_go.set()


def drained(items, count):
    """Return ``count`` items, and what one more get_nowait() gives."""
    return [items.get(timeout=PATIENCE) for _ in range(count)], outcome(items.get_nowait)


@claim("MQ01")
def test_an_unpicklable_item_is_dropped_without_an_exception(background, evidence):
    """put() of what cannot be pickled raises nothing: the item is dropped, later ones arrive.

    One would expect put() to raise.  It only appends to a buffer; the feeder thread pickles,
    prints "Traceback (most recent call last): ..." on standard error, and goes on.  A reader
    that counts on the item waits for ever.  Instead: pickle.dumps() it first, or SimpleQueue.
    """
    stderr = StringIO()
    with redirect_stderr(stderr), closing(here.Queue(3)) as items:
        puts = [
            outcome(items.put, item, timeout=PATIENCE)
            for item in ("a", Unpicklable(1), "b", Unpicklable(2), "c")
        ]
        got, more = drained(items, 3)
    errors = [
        line.split("Refusal: ")[1] for line in stderr.getvalue().splitlines() if ": n" in line
    ]
    evidence(put_returned=puts, got=got, then=more, printed=errors)
    assert puts == [None] * 5
    assert got == ["a", "b", "c"]
    assert type(more) is queue.Empty
    assert errors == ["number 1", "number 2"]


@claim("MQ03")
def test_queues_and_locks_travel_by_inheritance_only(background, evidence):
    """Pickling a queue or a lock anywhere but in Process.start() raises RuntimeError.

    So none of them can be put into another queue, sent through a pipe or given to a task of a
    Pool: "... objects should only be shared between processes through inheritance".  Instead:
    pass them to Process(args=...) or Pool(initargs=...), or use a Manager's.
    """
    makers = "Queue JoinableQueue SimpleQueue Lock RLock Semaphore BoundedSemaphore".split()
    made = {name: getattr(here, name)() for name in [*makers, "Condition", "Event"]}
    made["Barrier"] = here.Barrier(2)
    with closing(made["Queue"]), closing(made["JoinableQueue"]), closing(here.SimpleQueue()) as way:
        refusals = {name: outcome(pickle.dumps, value) for name, value in made.items()}
        sent = {name: outcome(way.put, value) for name, value in made.items()}
        nothing_sent = way.empty()
    made["SimpleQueue"].close()
    evidence(refusals=refusals)
    assert {name: type(refusal) for name, refusal in refusals.items()} == dict.fromkeys(
        made, RuntimeError
    )
    assert all("through inheritance" in str(refusal) for refusal in refusals.values())
    assert [type(refusal) for refusal in sent.values()] == [RuntimeError] * len(made)
    assert nothing_sent


@claim("MQ04")
def test_a_full_queue_makes_put_wait_for_a_get(background, evidence):
    """A queue that holds maxsize items is full(): put() waits for a get(), or raises Full."""
    with closing(here.Queue(maxsize=3)) as items:
        full = [items.full()]
        for item in "abc":
            items.put(item, timeout=PATIENCE)
            full.append(items.full())
        refusals = [
            outcome(items.put_nowait, "x"),
            outcome(items.put, "x", False),
            outcome(items.put, "x", block=False),
        ]
        began = time.monotonic()
        refusals.append(outcome(items.put, "x", True, GRACE / 5))
        waited = time.monotonic() - began
        putting = background(items.put, "d")
        blocked = never(lambda: putting.finished, during=GRACE / 3)
        got = [items.get(timeout=PATIENCE)]
        putting.result()
        full.append(items.full())
        rest, more = drained(items, 3)
        full.append(items.full())
        evidence(full=full, refusals=refusals, blocked=blocked, got=got + rest)
    assert full == [False, False, False, True, True, False]
    assert [type(refusal) for refusal in refusals] == [queue.Full] * 4
    assert waited >= 0.18 * GRACE
    assert blocked
    assert got + rest == ["a", "b", "c", "d"]
    assert type(more) is queue.Empty


@claim("MQ05")
def test_an_item_is_not_there_yet_when_put_returns(background, evidence):
    """When put() has returned, empty() may still be True, and get_nowait() raise Empty.

    One would expect to find what the same thread has just put.  put() leaves it to the feeder
    thread to pickle the item and write it to the pipe, where empty() and get() look for it.
    Here the feeder is kept from it; usually it is late by some microseconds.  Instead: get()
    with a timeout, and a sentinel for the end.
    """
    with held_queue() as (items, held):
        items.put("next")
        before = items.empty(), type(outcome(items.get_nowait))
        timed = type(outcome(items.get, timeout=0.01))
        held.let_go.set()
        until(lambda: not items.empty(), "the item to arrive")
        got, more = drained(items, 2)
        after = items.empty(), type(more)
        evidence(right_after_put=before, got=got, after=after)
    assert before == (True, queue.Empty)
    assert timed is queue.Empty
    assert got == ["held", "next"]
    assert after == (True, queue.Empty)


@claim("MQ06")
def test_a_closed_queue_refuses_put_and_get(background, evidence):
    """After close() every put and get in this process raises ValueError; close() may be repeated.

    The message is "Queue <...> is closed".
    """
    refusals = []
    for kind in (here.Queue, here.JoinableQueue):
        for used in (False, True):
            items = kind()
            if used:
                items.put("item")
                items.get(timeout=PATIENCE)
            closed = [items.close(), items.close(), items.join_thread()]
            refusals += [
                outcome(items.put, "item"),
                outcome(items.put_nowait, "item"),
                outcome(items.get),
                outcome(items.get_nowait),
                outcome(items.get, timeout=0),
            ]
            assert closed == [None] * 3
    evidence(refusals=refusals[:3])
    assert [type(refusal) for refusal in refusals] == [ValueError] * 20
    assert all(str(refusal).endswith(" is closed") for refusal in refusals)


def put_one(items, item, report):
    items.put(item)
    report("put")


@claim("MQ07")
@predicts("RC22")
def test_a_process_does_not_end_before_its_large_item_is_read(ctx, reports, background, evidence):
    """A child that has put a large item does not end before it is got: join() first deadlocks.

    One would expect that join() may come before get(), and with small items it may.  At its end
    a process joins the feeder thread, which must write everything into a pipe of some 64 KiB.
    "Joining processes that use queues" in the documentation (gh-73983).  Instead: get() what
    there is, and then join().
    """
    with closing(ctx.Queue()) as few, closing(ctx.Queue()) as many:
        small = ctx.Process(target=put_one, args=(few, "small", reports.reporter))
        large = ctx.Process(target=put_one, args=(many, LARGE, reports.reporter))
        started([small, large])
        assert reports.collect(2) == ["put", "put"]
        joined_first = joined(small)
        large.join(GRACE / 3)
        stays = large.is_alive()
        # In the background, as half an item would be waited for whatever the timeout.
        got = [background(items.get, True, PATIENCE).result() for items in (few, many)]
        joined_then = joined(large)
        evidence(small=joined_first, large_stays=stays, then=joined_then)
    assert joined_first == [0]
    assert stays
    assert got == ["small", LARGE]
    assert joined_then == [0]


@claim("MQ09")
@cases(missing=list(MISSING))
@refuted(because="CPython and PyPy: multiprocessing's Queue has never had it; 3.13 gave it none")
def test_a_queue_has_what_a_threads_queue_has(missing, background, evidence):
    """multiprocessing.Queue has shutdown(), task_done() and join() as queue.Queue has.

    AttributeError: 'Queue' object has no attribute 'shutdown' - nor 'task_done' nor 'join'.
    3.13 added shutdown() to queue.Queue and to asyncio.Queue only (gh-96471, gh-104228).
    Instead: JoinableQueue for the other two, and a sentinel per reader for shutdown().
    """
    with closing(here.Queue()) as items:
        answer = outcome(MISSING[missing], items)
    evidence(answer=answer)
    control(
        answer is None or type(answer) in (AttributeError, ValueError),
        f"{missing}() should be missing, or work: {answer!r}",
    )
    assert type(answer) is not AttributeError, answer


def put_numbered(items, writer):
    for number in range(60):
        items.put((writer, number, "x" * (number * 37 % 7 * 5_000)))


@claim("MQ10")
def test_several_writers_lose_and_double_nothing(ctx, evidence):
    """With three writing processes nothing is lost or doubled, and each one's order is kept."""
    with closing(ctx.Queue()) as items:
        writers = started(ctx.Process(target=put_numbered, args=(items, w)) for w in "abc")
        got, more = drained(items, 180)
        exit_codes = joined(*writers)
        evidence(items=len(got), then=more)
    for writer in "abc":
        own = [item for item in got if item[0] == writer]
        assert own == [(writer, n, "x" * (n * 37 % 7 * 5_000)) for n in range(60)]
    assert type(more) is queue.Empty
    assert exit_codes == [0, 0, 0]


@claim("MQ12")
def test_empty_and_full_are_those_of_module_queue(background, evidence):
    """What a multiprocessing Queue raises are queue.Empty and queue.Full themselves.

    multiprocessing has no such names of its own: import them from the module queue.
    """
    with closing(here.Queue(1)) as items:
        empty = [
            outcome(items.get_nowait),
            outcome(items.get, False),
            outcome(items.get, block=False),
            outcome(items.get, timeout=0.01),
        ]
        items.put(0)
        full = [
            outcome(items.put_nowait, 1),
            outcome(items.put, 1, False),
            outcome(items.put, 1, timeout=0.01),
        ]
        got, _ = drained(items, 1)
        evidence(empty=empty, full=full)
    assert [type(refusal) for refusal in empty] == [queue.Empty] * 4
    assert [type(refusal) for refusal in full] == [queue.Full] * 3
    assert got == [0]
    assert not hasattr(multiprocessing, "Empty")


@claim("MQ14")
def test_a_negative_timeout_gives_up_at_once(background, evidence):
    """A negative timeout of get() and put() is like 0: Empty or Full at once, no ValueError.

    queue.Queue raises ValueError for it: "'timeout' must be a non-negative number".
    """
    threads = queue.Queue(1)
    with closing(here.Queue(1)) as items:
        empty = background(outcome, items.get, True, -1).result()
        items.put(0)
        full = background(outcome, items.put, 1, True, -1).result()
        until(lambda: not items.empty(), "the item to arrive")
        got = outcome(items.get, timeout=-1)
        evidence(get=empty, put=full, got=got, among_threads=outcome(threads.get, timeout=-1))
    assert type(empty) is queue.Empty
    assert type(full) is queue.Full
    assert got == 0
    assert type(outcome(threads.get, timeout=-1)) is ValueError


def change_the_queue_by_one(items, report):
    got = items.get(timeout=PATIENCE)
    before = items.qsize()
    items.put("d")
    items.put("e")
    report((got, before, items.qsize()))


@claim("MQ15")
@predicts("RC23")
@refuted(where=sys.platform == "darwin", because="macOS has no sem_getvalue() (gh-101094)")
def test_qsize_tells_the_number_of_items(ctx, reports, evidence):
    """Queue.qsize() tells how many items have been put and not yet got, by whichever process.

    On macOS it raises NotImplementedError, since sem_getvalue() is missing there: what worked
    on Linux fails on a colleague's machine.  Instead: count with a Value, or send sentinels.
    """
    with closing(ctx.Queue()) as items:
        sizes = [outcome(items.qsize)]
        control(type(sizes[0]) in (int, NotImplementedError), f"qsize(): {sizes!r}")
        assert sizes == [0]
        for item in "abc":
            items.put(item)
            sizes.append(items.qsize())
        child = ctx.Process(target=change_the_queue_by_one, args=(items, reports.reporter))
        child.start()
        in_the_child = reports.next()
        sizes.append(items.qsize())
        exit_codes = joined(child)
        got, _ = drained(items, 4)
        sizes.append(items.qsize())
        evidence(sizes=sizes, in_the_child=in_the_child)
    assert sizes == [0, 1, 2, 3, 4, 0]
    assert in_the_child == ("a", 2, 4)
    assert sorted(got) == ["b", "c", "d", "e"]
    assert exit_codes == [0]


@claim("MQ16")
@refuted(because="CPython and PyPy: the feeder thread pickles, at some time after put()")
def test_put_takes_the_item_as_it_is(background, evidence):
    """What arrives is the object as it was at put(), whatever happens to it afterwards.

    The documentation says: "When an object is put on a queue, the object is pickled and a
    background thread later flushes the pickled data".  In fact the background thread pickles
    too, so that a list which is changed after put() may arrive changed, or raise "dictionary
    changed size during iteration" there.  Instead: put a copy, or use a SimpleQueue.
    """
    letters = ["a"]
    with held_queue() as (items, held):
        items.put(letters)
        letters.append("b")
        held.let_go.set()
        got, _ = drained(items, 2)
        evidence(put=["a"], got=got[1])
    control(got in (["held", ["a"]], ["held", ["a", "b"]]), f"got {got!r}")
    assert got[1] == ["a"]


def get_until_none(items, report):
    report.hold("ready")
    report(list(iter(lambda: items.get(timeout=PATIENCE), None)))


@claim("MQ17")
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
        exit_codes = joined(*readers)
        evidence(shares=[len(share) for share in shares])
    assert sorted(shares[0] + shares[1]) == list(range(100))
    assert shares == [sorted(share) for share in shares]
    assert exit_codes == [0, 0]


def put_and_give_up(items, report):
    items.cancel_join_thread()
    items.put(LARGE)
    items.cancel_join_thread()
    report("put")


@claim("MQ18")
def test_cancel_join_thread_lets_a_process_end_undelivered(ctx, reports, evidence):
    """After cancel_join_thread() a process ends although nobody has read what it put.

    What was in its buffer is lost, and the queue may be left with half an item and its lock
    held: nobody should use it any more.
    """
    with closing(ctx.Queue()) as items:
        writer = ctx.Process(target=put_and_give_up, args=(items, reports.reporter))
        writer.start()
        told = reports.next()
        exit_codes = joined(writer)
        evidence(told=told, exit_codes=exit_codes)
    assert told == "put"
    assert exit_codes == [0]


def read_when_told(items, report):
    report.hold("ready")
    report(items.get(timeout=PATIENCE) == LARGE)


@claim("MQ19")
def test_join_thread_waits_until_all_is_written(ctx, reports, background, evidence):
    """join_thread() waits until all that was put is in the pipe; only close() allows to call it.

    Before close() it is an AssertionError.  close() forbids this process to put; what it has
    put before still reaches the others.
    """
    items = ctx.Queue()
    reader = ctx.Process(target=read_when_told, args=(items, reports.reporter))
    reader.start()
    assert reports.next() == "ready"
    items.put(LARGE)
    too_early = outcome(items.join_thread)
    items.close()
    joining = background(items.join_thread)
    waits = never(lambda: joining.finished, during=GRACE / 3)
    reports.release()
    arrived = reports.next()
    joining.result()
    evidence(before_close=too_early, waits=waits, arrived=arrived)
    assert joined(reader) == [0]
    assert type(too_early) is AssertionError
    assert waits
    assert arrived


def get_for_ever(items, report):
    main = threading.get_ident()

    def tell_when_blocked():
        # Inside get() the lock is taken first; then comes the pipe, in another module.
        where = "connection.py"
        until(lambda: sys._current_frames()[main].f_code.co_filename.endswith(where), where)
        report("inside get()")

    _thread.start_new_thread(tell_when_blocked, ())
    items.get()


@claim("MX21")
def test_a_terminated_reader_keeps_the_lock_of_its_queue(ctx, reports, evidence):
    """A reader that is terminated inside get() keeps the queue's lock: no other gets anything.

    One would expect that only that reader is lost.  Whoever calls get() takes a lock first and
    then waits for the pipe; terminate() and kill() give it no chance to release the lock.  Later
    readers raise queue.Empty, or wait for ever, though an item is there.  Instead: end readers
    by a sentinel, or give each a Pipe of its own.
    """
    with closing(ctx.Queue()) as items:
        reader = ctx.Process(target=get_for_ever, args=(items, reports.reporter))
        reader.start()
        assert reports.next() == "inside get()"
        reader.terminate()
        exit_codes = joined(reader)
        items.put("item")
        until(lambda: not items.empty(), "the item to arrive")
        refusals = [outcome(items.get, timeout=GRACE / 10), outcome(items.get_nowait)]
        there = not items.empty()
        evidence(item_is_there=there, other_readers=refusals)
    assert exit_codes == [-signal.SIGTERM]
    assert there
    assert [type(refusal) for refusal in refusals] == [queue.Empty] * 2


#: A daemon thread reads what was put as soon as it sees the main thread join another thread.
LEAVING = """
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
    items = get_context({method!r}).Queue()
    threading.Thread(target=read, daemon=True).start()
    items.put("x" * 1_000_000)
    print("the end", flush=True)
"""


@claim("MQ20")
@refuted(because="CPython and PyPy: every process joins its feeder thread at its end")
def test_the_maker_of_a_queue_does_not_wait_for_readers(programs, evidence):
    """The process that made a queue ends without waiting for what it put and nobody reads.

    "By default if a process is not the creator of the queue then on exit it will attempt to
    join the queue's background thread", says the documentation of join_thread().  In fact the
    creator does so too: the program prints its last line and hangs until somebody reads.
    Instead: get() all that was put, or call cancel_join_thread().
    """
    program = programs.run(LEAVING.format(method=DEFAULT_START_METHOD))
    evidence(printed=program.lines)
    control(program.exit_code == 0, f"{program!r}")
    control(program.lines[1:] in ([], ["it waits for the feeder"]), f"{program.lines!r}")
    assert program.lines == ["the end"]


@claim("MQ21")
def test_put_without_maxsize_never_blocks(background, evidence):
    """Without a maxsize, or with one below 1, put() never blocks and the queue is never full.

    However much is put, and though nobody reads: the items wait in the memory of this process.
    """
    items = [LARGE, *range(300), LARGE]
    for maxsize in ((), (0,), (-1,)):
        with closing(here.Queue(*maxsize)) as unbounded:
            for item in items:
                background(unbounded.put, item).result()
            full = unbounded.full()
            got, more = drained(unbounded, len(items))
            evidence(maxsize=maxsize, full=full)
            assert full is False
            assert got == items
            assert type(more) is queue.Empty


@claim("MQ22")
def test_get_with_a_timeout_waits_as_long(background, evidence):
    """get(timeout=t) waits for t seconds before it raises Empty, and takes what comes meanwhile."""
    with closing(here.Queue()) as items:
        began = time.monotonic()
        refusal = outcome(items.get, True, GRACE / 5)
        waited = time.monotonic() - began
        getting = background(items.get, True, PATIENCE)
        blocked = never(lambda: getting.finished, during=GRACE / 3)
        items.put("in time")
        got = getting.result()
        evidence(refusal=refusal, blocked=blocked, got=got)
    assert type(refusal) is queue.Empty
    assert waited >= 0.18 * GRACE
    assert blocked
    assert got == "in time"


def use(items):
    items.put(items.get(timeout=PATIENCE) * 2)


@claim("MQ23")
@refuted(
    where=DEFAULT_START_METHOD == "fork",
    because="3.14 made forkserver the default on Linux (gh-84559); a fork queue is for fork only",
)
def test_a_queue_of_the_module_serves_a_spawned_process(evidence):
    """multiprocessing.Queue() can be given to a process of get_context("spawn").

    Where fork is the default, start() raises RuntimeError "A SemLock created in a fork context
    is being shared with a process in a spawn context" (gh-77377; in 3.10 the child dies of a
    FileNotFoundError): the name of a fork queue's semaphores is gone at once.  Instead: make the
    queue by the context of the process: ctx.Queue().
    """
    spawn = multiprocessing.get_context("spawn")
    with closing(here.Queue()) as items:
        items.put(21)
        child = spawn.Process(target=use, args=(items,))
        refusal = outcome(child.start)
        exit_codes = joined(child) if refusal is None else refusal
        got = outcome(items.get, timeout=PATIENCE)
        evidence(start=refusal, ended=exit_codes, got=got)
    control(
        type(refusal) in (type(None), RuntimeError) and exit_codes != [-signal.SIGTERM],
        f"start() should work, or be a RuntimeError: {refusal!r}",
    )
    assert (refusal, exit_codes, got) == (None, [0], 42)
