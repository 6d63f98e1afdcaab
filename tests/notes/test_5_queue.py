"""Section 5 of the notes: a Queue between a writing and a reading process.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

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

import os
import queue
import signal
from contextlib import closing
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    applies,
    cases,
    claim,
    joined,
    never,
    outcome,
    run_child,
    started,
    until,
)


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


def put_letters(letters, report):
    for letter in "abcde":
        letters.put(letter)
    report(("writer", os.getpid()))


def get_five_letters(letters, report):
    report(("reader", os.getpid(), [letters.get() for _ in range(5)]))


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


def put_items_and_tell(items, writer, report):
    put_items(items, writer)
    report("all put")


def put_items(items, writer):
    for item in ITEMS:
        items.put((writer, item))


#: In no order that a sort restores, each of them twice, small beside large; two are larger than
#: what a pipe holds (64 KiB on Linux).
ITEMS = [(n * 37 % 101, "x" * (100_000 if n % 101 == 50 else n % 101 * 20)) for n in range(202)]


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
        without_pauses, with_pauses = evidence(without_pauses=order[:6], with_pauses=order[6:])
        assert without_pauses == ["Put a", "Put b", "Put c", "get a", "get b", "get c"]
        assert with_pauses == ["Put d", "get d", "Put e", "get e"]


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


def get_twice(letters, report):
    report("asking")
    report(letters.get(True))
    report(letters.get(True, timeout=PATIENCE))


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


@claim("5.10")
def test_a_writer_ends_though_nobody_joins_it(ctx, evidence):
    """A writer that nobody joins still ends with 0, and its parent waits for it at its exit."""
    with closing(ctx.Queue()) as letters:
        writer = ctx.Process(target=put_one_letter, args=(letters,))
        writer.start()
        until(lambda: writer.exitcode is not None, "the writer to end")
        assert evidence(exit_code=writer.exitcode) == 0
        assert letters.get(timeout=PATIENCE) == "a"


def put_one_letter(letters):
    letters.put("a")


@claim("5.10")
def test_a_program_waits_for_a_writer_that_nobody_joins(start_method, programs, evidence):
    """A program whose main module has ended waits for its writer.

    A daemon is terminated instead.  Under spawn and forkserver, the program must not end before
    the child has opened the queue (gh-94765).
    """
    program = programs.run(UNJOINED_WRITER.format(method=start_method, patience=PATIENCE / 2))
    assert (program.exit_code, program.err) == (0, "")
    assert evidence(printed=program.lines) == ["got a", "the program waits for the writer"]


UNJOINED_WRITER = """\
import multiprocessing
import os
import time

def put_and_go_on(letters):
    letters.put("a")
    program = multiprocessing.parent_process()
    while not os.path.exists("the main module has ended") and program.is_alive():
        time.sleep(0.001)
    program.join(0.15)  # time for it to leave, if it does not wait
    print("the program", "waits for" if program.is_alive() else "has left", "the writer")

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    letters = ctx.Queue()
    ctx.Process(target=put_and_go_on, args=(letters,)).start()
    print("got", letters.get(timeout={patience}), flush=True)
    os.mkdir("the main module has ended")
"""


@claim("5.11", notes="answered")
@applies(start_method="fork", because="spawn and forkserver, so Windows, refuse to pass it on")
def test_an_ordinary_queue_does_not_connect_processes(ctx, reports, evidence):
    """A queue.Queue cannot connect processes: use multiprocessing.Queue, or Manager().Queue().

    queue.Queue is thread-safe, but it lives in the memory of one process.  A forked child fills its
    own copy, and the parent's queue stays empty.  spawn and forkserver refuse to pass it on.
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


def put_and_count(letters, report):
    letters.put("from the child")
    report(letters.qsize())


@claim("5.12", notes="answered")
def test_other_queues_carry_data_between_processes(ctx, manager, evidence):
    """Besides Queue, more than a dozen types carry data between processes or coordinate them.

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


def put_back_double(*queues):
    for letters in queues:
        letters.put(2 * letters.get())


@claim("5.12")
def test_values_and_arrays_carry_data_between_processes(ctx, evidence):
    """Value and Array, and RawValue and RawArray, which have no lock, carry data."""
    values = ctx.Value("i", 21), ctx.RawValue("i", 21)
    arrays = ctx.Array("i", [21]), ctx.RawArray("i", [21])
    run_child(ctx, double_all, values, arrays)
    assert evidence(values=[value.value for value in values]) == [42, 42]
    assert evidence(arrays=[array[0] for array in arrays]) == [42, 42]


@claim("5.12")
def test_a_managers_objects_carry_data_between_processes(ctx, manager, evidence):
    """A Manager's Value, list and dict carry data: every process has a proxy for one object."""
    value, numbers, table = manager.Value("i", 21), manager.list([21]), manager.dict({0: 21})
    run_child(ctx, double_all, [value], [numbers, table])
    assert evidence(value=value.value, list=numbers[0], dict=table[0]) == (42, 42, 42)


def double_all(values, sequences):
    for value in values:
        value.value *= 2
    for sequence in sequences:
        sequence[0] *= 2


@claim("5.12")
def test_shared_memory_carries_data_between_processes(ctx, evidence):
    """SharedMemory carries bytes: what one process stores in its buffer, the other one reads."""
    from multiprocessing.shared_memory import SharedMemory  # not for all the children

    memory = SharedMemory(create=True, size=1)
    try:
        memory.buf[0] = 21
        run_child(ctx, double_the_first_byte, memory)
        assert evidence(first_byte=memory.buf[0]) == 42
    finally:
        memory.close()
        memory.unlink()


def double_the_first_byte(memory):
    memory.buf[0] *= 2
    memory.close()


@claim("5.12")
def test_a_pipe_carries_data_between_processes(ctx, evidence):
    """Pipe() returns two connections: what is sent through one, the other receives."""
    ours, theirs = ctx.Pipe()
    with ours, theirs:
        ours.send(21)
        run_child(ctx, send_back_double, theirs)
        assert evidence(received=ours.recv()) == 42


def send_back_double(connection):
    connection.send(2 * connection.recv())


@claim("5.12")
def test_a_listener_and_a_client_carry_data_between_processes(ctx, evidence):
    """A Client that knows the address of a Listener gets a connection to it."""
    from multiprocessing.connection import Listener  # not for all the children

    with Listener(("localhost", 0)) as listener:
        child = ctx.Process(target=send_to, args=(listener.address, 42))
        child.start()
        with listener.accept() as connection:
            assert evidence(received=connection.recv()) == 42
        assert joined(child) == [0]


def send_to(address, value):
    from multiprocessing.connection import Client

    with Client(address) as client:
        client.send(value)


@claim("5.12")
def test_locks_and_semaphores_coordinate_processes(ctx, reports, evidence):
    """A Lock, RLock, Semaphore or BoundedSemaphore that one process has taken, no other one gets.

    When the process releases it, another one does.
    """
    locks = [ctx.Lock(), ctx.RLock(), ctx.Semaphore(1), ctx.BoundedSemaphore(1)]
    for each in locks:
        each.acquire()
    child = ctx.Process(target=try_twice, args=(locks, reports.reporter))
    child.start()
    assert evidence(child_got_them_before=reports.next()) == [False] * 4
    for each in locks:
        each.release()
    reports.release()
    assert evidence(child_got_them_afterwards=reports.next()) == [True] * 4
    assert joined(child) == [0]


def try_twice(locks, report):
    report.hold([each.acquire(False) for each in locks])
    report([each.acquire(False) for each in locks])


@claim("5.12")
def test_an_event_and_a_barrier_coordinate_processes(ctx, reports, evidence):
    """Event and Barrier let a process wait for another one."""
    event, barrier = ctx.Event(), ctx.Barrier(2)
    child = ctx.Process(target=wait_twice, args=(event, barrier, reports.reporter))
    child.start()
    assert reports.next() == "waits for the event"
    assert type(evidence(event_is_not_set=outcome(reports.next, within=GRACE))) is NotSeen
    event.set()
    assert reports.next() == "waits at the barrier"
    assert type(evidence(nobody_else_came=outcome(reports.next, within=GRACE))) is NotSeen
    assert evidence(place_at_the_barrier=barrier.wait(PATIENCE)) in (0, 1)
    assert reports.next() == "goes on"
    assert joined(child) == [0]


def wait_twice(event, barrier, report):
    report("waits for the event")
    report("waits at the barrier" if event.wait(PATIENCE) else "nobody set the event")
    barrier.wait(PATIENCE)
    report("goes on")


@claim("5.12")
def test_a_condition_coordinates_processes(ctx, evidence):
    """Condition.wait() in one process returns True when another one calls notify()."""
    condition = ctx.Condition()
    child = ctx.Process(target=notify, args=(condition,))
    with condition:
        assert evidence(nobody_notifies=condition.wait(GRACE / 3)) is False
        child.start()
        assert evidence(notified=condition.wait(PATIENCE)) is True
    assert joined(child) == [0]


def notify(condition):
    with condition:
        condition.notify()


# What several specs use.


def get_letters(letters, report):
    letter = ""
    while letter != "e":
        letter = letters.get(True)
        report(f"get {letter}")
