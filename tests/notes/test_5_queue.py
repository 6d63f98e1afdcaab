"""Section 5 of the notes: a Queue between a writing and a reading process.

The program, behind a __main__ guard, makes a Queue and gives it to two processes (5.01).  The
writer prints "Put a to queue", puts 'a', sleeps for half a second, and so on until 'e'.  The reader
gets a letter by get(True) (5.06) and prints "get a from queue", until it has got 'e' (5.07, 5.08).
The program starts both, joins the reader, and then calls terminate() of it (5.09); it never joins
the writer (5.10).  The output is ten lines, a "Put" and a "get" in turn, from 'a' to 'e' (5.02 to
5.05).

Two questions: can an ordinary queue be passed to other processes, or must it be one of
multiprocessing's (5.11)?  And which other types are there, besides Queue (5.12)?

Source: https://docs.python.org/3/library/multiprocessing.html#pipes-and-queues
"""

import atexit
import multiprocessing
import os
import queue
import signal
from contextlib import closing
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    cases,
    claim,
    joined,
    never,
    outcome,
    started,
    until,
)
from tests.harness.channel import Reporter


def put_letters(letters, report):
    for letter in "abcde":
        letters.put(letter)
    report(("writer", os.getpid()))


def get_five_letters(letters, report):
    report(("reader", os.getpid(), [letters.get() for _ in range(5)]))


@claim("5.01")
def test_a_queue_given_as_argument_serves_both_processes(ctx, reports, evidence):
    """A multiprocessing.Queue that is passed in args connects the processes that receive it.

    Pass it to each Process: a queue cannot be sent through another queue.
    """
    with closing(ctx.Queue()) as letters:
        writer, reader = started(
            ctx.Process(target=target, args=(letters, reports.reporter))
            for target in (put_letters, get_five_letters)
        )
        got, put = sorted(reports.collect(2))
        assert joined(writer, reader) == [0, 0]
        assert evidence(writer=put) == ("writer", writer.pid)
        assert evidence(reader=got) == ("reader", reader.pid, ["a", "b", "c", "d", "e"])
        assert len({writer.pid, reader.pid, os.getpid()}) == 3


#: In no order that a sort restores, each of them twice, small beside large; two are larger than
#: what a pipe holds (64 KiB on Linux).
ITEMS = [(n * 37 % 101, "x" * (100_000 if n % 101 == 50 else n % 101 * 20)) for n in range(202)]


def put_items(items, writer):
    for item in ITEMS:
        items.put((writer, item))


def put_items_and_tell(items, writer, report):
    put_items(items, writer)
    report("all put")


@claim("5.02")
def test_items_arrive_in_the_order_they_were_put(ctx, reports, evidence):
    """Items arrive in the order in which they were put: first in, first out.

    With several writers that is true for the items of each writer.  How the items of different
    writers mix is open.
    """
    with closing(ctx.Queue()) as items:
        child = ctx.Process(target=put_items_and_tell, args=(items, "child", reports.reporter))
        child.start()
        put_items(items, "parent")
        reports.next()  # most items wait in the two writers now: the pipe cannot hold them
        arrived = [items.get(timeout=PATIENCE) for _ in 2 * ITEMS]
        by_writer = {w: [x for who, x in arrived if who == w] for w in ("child", "parent")}
        in_order = {writer: items == ITEMS for writer, items in by_writer.items()}
        assert evidence(in_order=in_order) == {"child": True, "parent": True}
        assert joined(child) == [0]
        assert isinstance(evidence(then=outcome(items.get_nowait)), queue.Empty)


PRINTING = """
from multiprocessing import get_context

def read(letters):
    letter = ""
    while letter != "e":
        letter = letters.get(timeout={patience})
        print("get", letter, flush=True)

if __name__ == "__main__":
    context = get_context({method!r})
    letters = context.Queue()
    reader = context.Process(target=read, args=(letters,))
    reader.start()
    for letter in "abcde":
        print("Put", letter, flush=True)
        letters.put(letter)
    reader.join()
"""


@claim("5.03")
def test_every_put_is_printed_before_its_get(start_method, programs, evidence):
    """For each x, "Put x" is printed before "get x", if both processes flush.

    Without flush=True, a pipe or a file receives all lines of a process when it ends.  What you see
    then is not the order of events.
    """
    program = programs.run(PRINTING.format(method=start_method, patience=PATIENCE))
    assert (program.exit_code, program.err) == (0, "")
    evidence(printed=program.lines)
    puts, gets = ([f"{word} {letter}" for letter in "abcde"] for word in ("Put", "get"))
    assert sorted(program.lines) == puts + gets
    for put, get in zip(puts, gets, strict=True):
        assert program.lines.index(put) < program.lines.index(get)


def get_letters(letters, report):
    letter = ""
    while letter != "e":
        letter = letters.get(True)
        report(f"get {letter}")


@claim("5.04", notes="refined")
def test_put_and_get_alternate_by_the_pauses_alone(ctx, reports, evidence):
    """A Queue does not make put and get alternate: only the pauses of the writer do.

    In the output of the notes they strictly alternate.  That looks like a promise, but several
    items may be put before the first get.  The writer of the notes sleeps after each put, long
    enough for the get, but a sleep promises nothing.  To alternate, use a JoinableQueue.
    """
    with closing(ctx.Queue()) as letters:
        order = []
        for letter in "abc":
            letters.put(letter, timeout=PATIENCE)
            order.append(f"Put {letter}")
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        reader.start()
        order += reports.collect(3)
        for letter in "de":
            letters.put(letter, timeout=PATIENCE)
            order += [f"Put {letter}", reports.next()]  # a pause that is just long enough
        assert joined(reader) == [0]
        in_a_row = [f"{what} {letter}" for what in ("Put", "get") for letter in "abc"]
        assert evidence(order=order) == [*in_a_row, "Put d", "get d", "Put e", "get e"]


def put_and_join(letters, report):
    for letter in "abcde":
        report(f"Put {letter}")
        letters.put(letter)
        letters.join()


def get_and_tell_done(letters, report):
    for _ in range(5):
        letter = letters.get()
        report(f"get {letter}")
        report(f"done {letter}")
        letters.task_done()


@claim("5.05")
def test_joining_after_each_put_makes_lock_step(ctx, reports, background, evidence):
    """With a JoinableQueue, a join() after each put() makes put and get alternate.

    join() returns when the reader has called task_done() for every item that was put.
    """
    with closing(ctx.JoinableQueue()) as letters:
        writer = background(put_and_join, letters, reports.reporter)
        order = reports.collect(1)
        reader = ctx.Process(target=get_and_tell_done, args=(letters, reports.reporter))
        reader.start()
        order += reports.collect(14)
        writer.result()
        assert joined(reader) == [0]
        alternating = [f"{what} {x}" for x in "abcde" for what in ("Put", "get", "done")]
        assert evidence(order=order) == alternating


def get_twice(letters, report):
    report("asking")
    report(letters.get(True))
    report(letters.get(True, timeout=PATIENCE))


@claim("5.06")
def test_getting_blocks_until_something_is_there(ctx, reports, evidence):
    """get(True) blocks until there is an item; get(False) and a timeout raise queue.Empty."""
    with closing(ctx.Queue()) as letters:
        reader = ctx.Process(target=get_twice, args=(letters, reports.reporter))
        reader.start()
        answers = [reports.next()]
        for letter in "ab":
            assert never(lambda: not reader.is_alive(), during=GRACE / 3)
            letters.put(letter)
            answers.append(reports.next())
        assert evidence(reader=answers) == ["asking", "a", "b"]
        assert joined(reader) == [0]


@claim("5.06")
@cases(arguments=((False,), (True, GRACE / 3)))
def test_getting_from_an_empty_queue_raises_empty(ctx, arguments, evidence):
    """get(False), and get(True, timeout) after the timeout, raise queue.Empty.

    The exception is queue.Empty, which multiprocessing does not define itself: import queue.
    """
    with closing(ctx.Queue()) as letters:
        refusal = evidence(refusal=outcome(letters.get, *arguments))
        assert isinstance(refusal, queue.Empty)


@claim("5.07")
def test_the_last_letter_ends_the_reader(ctx, reports, evidence):
    """The letter 'e' ends the reader: it gets 'e' and stops, and what follows stays in the queue.

    Such an item is called a sentinel.  Put one for each reader.
    """
    with closing(ctx.Queue()) as letters:
        for letter in "abcdef":
            letters.put(letter, timeout=PATIENCE)
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        reader.start()
        assert evidence(got=reports.collect(5)) == [f"get {letter}" for letter in "abcde"]
        assert joined(reader) == [0]
        assert evidence(left_in_the_queue=letters.get(timeout=PATIENCE)) == "f"


@claim("5.08")
def test_without_its_last_letter_the_reader_waits(ctx, reports, evidence):
    """Without 'e' the reader never ends; terminate() ends it, with exit code -15.

    A process that is terminated inside get() may keep the queue's lock.  Then nobody gets anything
    from this queue again: a deadlock.  Send a sentinel instead.
    """
    with closing(ctx.Queue()) as letters:
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        reader.start()
        for letter in "abc":
            letters.put(letter)
        got = reports.collect(3)
        assert evidence(waits=never(lambda: not reader.is_alive(), during=GRACE / 2))
        letters.put("d")
        got.append(reports.next())
        reader.terminate()
        assert evidence(exit_code=joined(reader)) == [-signal.SIGTERM]
        assert evidence(got=got) == ["get a", "get b", "get c", "get d"]


@claim("5.09")
def test_terminating_an_ended_process_changes_nothing(ctx, reports, evidence):
    """After join(), terminate() changes nothing: the process has ended, and its exit code stays."""
    with closing(ctx.Queue()) as letters:
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        letters.put("e")
        reader.start()
        exit_codes = joined(reader)
        reader.terminate()
        exit_codes += joined(reader)
        assert evidence(exit_codes=exit_codes) == [0, 0]
        letters.put("f")
        assert letters.get(timeout=PATIENCE) == "f"  # the queue still works


def put_slowly(letters, report):
    letters.put("a")
    report.hold("put a")
    parent = multiprocessing.parent_process()
    parent.join(GRACE)  # time enough to end, for a parent that does not wait
    report("the parent waits" if parent.is_alive() else "the parent has gone")


kept = []  # a queue that nobody keeps is gone before the child has opened it


def start_a_writer_and_end(start_method, port, token):
    report = Reporter(port, token)
    ctx = multiprocessing.get_context(start_method)
    kept.append(ctx.Queue())
    ctx.Process(target=put_slowly, args=(*kept, report)).start()
    kept[0].get(timeout=PATIENCE)
    # What is registered last runs first: this, and then multiprocessing's waiting.
    atexit.register(report, "the program is over")


def put_one_letter(letters):
    letters.put("a")


@claim("5.10")
def test_a_writer_ends_though_nobody_joins_it(ctx, evidence):
    """A writer that nobody joins still ends with 0, and its parent waits for it at its exit."""
    with closing(ctx.Queue()) as letters:
        writer = ctx.Process(target=put_one_letter, args=(letters,))
        writer.start()
        until(lambda: writer.exitcode is not None, "the writer to end")
        assert evidence(exit_code=writer.exitcode) == 0
        assert letters.get(timeout=PATIENCE) == "a"


@claim("5.10")
def test_a_program_waits_for_a_writer_that_nobody_joins(
    start_method, programs, reports, background, evidence
):
    """A program whose main module has ended waits for its writer.

    A daemon is terminated instead.  Under spawn and forkserver, the program must not end before
    the child has opened the queue (gh-94765).
    """
    where = (start_method, reports.reporter.port, reports.reporter.token)
    program = background(programs.call, start_a_writer_and_end, *where)
    events = sorted(reports.collect(2))
    reports.release()
    events.append(reports.next())
    assert evidence(events=events) == ["put a", "the program is over", "the parent waits"]
    program.result()  # raises unless the program's exit code is 0


def put_and_count(letters, report):
    letters.put("from the child")
    report(letters.qsize())


@claim("5.11", notes="answered")
@applies(start_method="fork", because="spawn and forkserver, so Windows, refuse to pass it on")
def test_an_ordinary_queue_does_not_connect_processes(ctx, reports, evidence):
    """A queue.Queue cannot connect processes; a Manager().Queue() can.

    queue.Queue is thread-safe, but it lives in the memory of one process.  A forked child fills
    its own copy, and the parent's queue stays empty.  spawn and forkserver refuse to pass it on.
    """
    ordinary = queue.Queue()
    child = ctx.Process(target=put_and_count, args=(ordinary, reports.reporter))
    child.start()
    in_the_child = reports.next()
    assert evidence(in_the_child=in_the_child, in_the_parent=ordinary.qsize()) == (1, 0)
    assert joined(child) == [0]


@claim("5.11")
@applies(start_method=("spawn", "forkserver"), because="fork, on POSIX, passes on a copy")
def test_an_ordinary_queue_cannot_be_passed_to_a_process(ctx, evidence):
    """spawn and forkserver cannot pickle a queue.Queue: start() raises TypeError.

    "TypeError: cannot pickle '_thread.lock' object"; on PyPy it is "PicklingError: Can't pickle
    <class '_thread.lock'>: it's not found as _thread.lock".  On Windows spawn is the only start
    method, on macOS the default since 3.8; elsewhere forkserver is the default since 3.14.
    """
    refusal = evidence(refusal=outcome(ctx.Process(target=print, args=(queue.Queue(),)).start))
    assert type(refusal) is (PicklingError if PYPY else TypeError)
    assert "_thread.lock" in str(refusal)


@claim("5.11")
def test_a_managers_queue_connects_processes(ctx, manager, reports, evidence):
    """Manager().Queue() gives every process a proxy for one queue, which the manager holds."""
    served = manager.Queue()
    child = ctx.Process(target=put_and_count, args=(served, reports.reporter))
    child.start()
    assert reports.next() == 1
    assert evidence(got=served.get(timeout=PATIENCE)) == "from the child"
    assert joined(child) == [0]


def run_child(ctx, target, *arguments):
    """Run the target in a child until it has ended well."""
    child = ctx.Process(target=target, args=arguments)
    child.start()
    assert joined(child) == [0]


def put_back_double(*queues):
    for letters in queues:
        letters.put(2 * letters.get())


@claim("5.12", notes="answered")
def test_other_queues_carry_data_between_processes(ctx, manager, evidence):
    """Besides Queue, a score of types carry data between processes or coordinate them.

    Data: SimpleQueue, JoinableQueue, Pipe, Listener and Client, Value, Array, SharedMemory, and
    what a Manager serves.  Coordination: Lock, RLock, Semaphore, BoundedSemaphore, Event,
    Condition, Barrier.
    """
    with closing(ctx.JoinableQueue()) as joinable:
        queues = ctx.SimpleQueue(), joinable, manager.Queue()
        for letters in queues:
            letters.put(21)
        run_child(ctx, put_back_double, *queues)
        assert evidence(got=[letters.get() for letters in queues]) == [42, 42, 42]


def double_all(values, sequences, memory):
    for value in values:
        value.value *= 2
    for sequence in sequences:
        sequence[0] *= 2
    memory.buf[0] *= 2
    memory.close()


@claim("5.12")
def test_memory_that_is_shared_carries_data_between_processes(ctx, manager, evidence):
    """Value, RawValue, Array, RawArray, SharedMemory and a manager's objects carry data."""
    from multiprocessing.shared_memory import SharedMemory  # not for all the children

    values = ctx.Value("i", 21), ctx.RawValue("i", 21), manager.Value("i", 21)
    sequences = ctx.Array("i", [21]), ctx.RawArray("i", [21]), manager.list([21])
    sequences += (manager.dict({0: 21}),)
    memory = SharedMemory(create=True, size=1)
    try:
        memory.buf[0] = 21
        run_child(ctx, double_all, values, sequences, memory)
        assert evidence(values=[value.value for value in values]) == [42] * 3
        assert evidence(sequences=[sequence[0] for sequence in sequences]) == [42] * 4
        assert evidence(shared_memory=memory.buf[0]) == 42
    finally:
        memory.close()
        memory.unlink()


def send_through_both(connection, address):
    from multiprocessing.connection import Client

    connection.send(2 * connection.recv())
    with Client(address) as client:
        client.send(42)


@claim("5.12")
def test_connections_carry_data_between_processes(ctx, evidence):
    """Pipe, and Listener with Client, carry data between processes."""
    from multiprocessing.connection import Listener

    ours, theirs = ctx.Pipe()
    with ours, theirs, Listener(("localhost", 0)) as listener:
        ours.send(21)
        child = ctx.Process(target=send_through_both, args=(theirs, listener.address))
        child.start()
        with listener.accept() as connection:
            assert evidence(by_listener=connection.recv()) == 42
        assert evidence(by_pipe=ours.recv()) == 42
        assert joined(child) == [0]


def use_synchronizers(held, lock, event, condition, barrier):
    for each in held:
        each.release()
    lock.acquire()
    with condition:
        condition.notify()
    barrier.wait(PATIENCE)
    event.set()


@claim("5.12")
def test_locks_and_the_like_coordinate_processes(ctx, evidence):
    """Lock, RLock, Semaphore, BoundedSemaphore, Event, Condition and Barrier coordinate them."""
    held = ctx.Lock(), ctx.Semaphore(1), ctx.BoundedSemaphore(1)
    taken, event, condition, barrier = ctx.RLock(), ctx.Event(), ctx.Condition(), ctx.Barrier(2)
    for each in held:
        each.acquire()
    arguments = held, taken, event, condition, barrier
    child = ctx.Process(target=use_synchronizers, args=arguments)
    with condition:
        child.start()
        assert evidence(notified=condition.wait(PATIENCE))
    assert evidence(met_at_the_barrier=barrier.wait(PATIENCE)) in (0, 1)
    assert joined(child) == [0]
    assert evidence(event=event.is_set())
    assert evidence(released=[each.acquire(False) for each in held]) == [True] * 3
    assert evidence(taken_by_the_child=not taken.acquire(False))
