"""Section 5 of the notes: a Queue between a writing and a reading process.

Source: https://docs.python.org/3/library/multiprocessing.html#pipes-and-queues
"""

import atexit
import multiprocessing
import os
import queue
import signal
from contextlib import closing, contextmanager
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
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
    """A multiprocessing Queue passed through args connects the two processes that get it."""
    with closing(ctx.Queue()) as letters:
        writer, reader = started(
            ctx.Process(target=target, args=(letters, reports.reporter))
            for target in (put_letters, get_five_letters)
        )
        put, got = sorted(reports.collect(2), reverse=True)
        evidence(writer=put, reader=got, parent=os.getpid())
        assert joined(writer, reader) == [0, 0]
        assert put == ("writer", writer.pid)
        assert got == ("reader", reader.pid, ["a", "b", "c", "d", "e"])
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

    With several writers this is so for the items of each; how the writers' items mix is open.
    """
    with closing(ctx.Queue()) as items:
        child = ctx.Process(target=put_items_and_tell, args=(items, "child", reports.reporter))
        child.start()
        put_items(items, "parent")
        reports.next()  # most items wait in the two writers now: the pipe cannot hold them
        arrived = [items.get(timeout=PATIENCE) for _ in 2 * ITEMS]
        from_child, from_parent = (
            [item for writer, item in arrived if writer == name] for name in ("child", "parent")
        )
        exit_codes = joined(child)
        more = outcome(items.get_nowait)
        evidence(
            items=len(arrived), in_order=[from_child == ITEMS, from_parent == ITEMS], then=more
        )
        assert from_child == ITEMS
        assert from_parent == ITEMS
        assert exit_codes == [0]
        assert isinstance(more, queue.Empty)


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

    Without flush=True a pipe or a file gets each process's lines in one lump, at its end: the
    order on the page is then not the order of events.
    """
    program = programs.run(PRINTING.format(method=start_method, patience=PATIENCE))
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    puts, gets = ([f"{word} {letter}" for letter in "abcde"] for word in ("Put", "get"))
    assert sorted(program.lines) == puts + gets
    for put, get in zip(puts, gets, strict=True):
        assert program.lines.index(put) < program.lines.index(get)


def get_letters(letters, report):
    letter = ""
    while letter != "e":
        letter = letters.get(True)
        report(f"get {letter}")


@claim("5.04")
def test_put_and_get_alternate_by_the_pauses_alone(ctx, reports, evidence):
    """A Queue does not make Put and get alternate: only the writer's pauses do.

    Several items may be put before the first get.  The notes' writer sleeps after each put,
    long enough for the get; a sleep promises nothing.  For lock-step use a JoinableQueue.
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
        evidence(order=order)
        assert joined(reader) == [0]
        assert order == [*(f"{what} {x}" for what in ("Put", "get") for x in "abc"), *order[6:]]
        assert order[6:] == ["Put d", "get d", "Put e", "get e"]


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
    """JoinableQueue: join() after each put() makes put and get alternate.

    join() returns when task_done() has been called for every item that was put.
    """
    with closing(ctx.JoinableQueue()) as letters:
        writer = background(put_and_join, letters, reports.reporter)
        order = reports.collect(1)
        reader = ctx.Process(target=get_and_tell_done, args=(letters, reports.reporter))
        reader.start()
        order += reports.collect(14)
        writer.result()
        evidence(order=order)
        assert joined(reader) == [0]
        assert order == [f"{what} {x}" for x in "abcde" for what in ("Put", "get", "done")]


def get_twice(letters, report):
    report("asking")
    report(letters.get(True))
    report(letters.get(True, timeout=PATIENCE))


@claim("5.06")
def test_getting_blocks_until_something_is_there(ctx, reports, background, evidence):
    """get(True) blocks until there is an item; get(False) and a timeout raise queue.Empty."""
    with closing(ctx.Queue()) as letters, closing(ctx.Queue()) as empty:
        reader = ctx.Process(target=get_twice, args=(letters, reports.reporter))
        reader.start()
        answers = [reports.next()]
        asked = [
            background(outcome, empty.get, False),
            background(outcome, empty.get_nowait),
            background(outcome, empty.get, True, GRACE / 3),
        ]
        waits = []
        for letter in "ab":
            waits.append(never(lambda: not reader.is_alive(), during=GRACE / 3))
            letters.put(letter)
            answers.append(reports.next())
        refusals = [task.result() for task in asked]
        evidence(blocked_reader=answers, without_blocking=refusals)
        assert all(waits)
        assert answers == ["asking", "a", "b"]
        assert [type(refusal) for refusal in refusals] == [queue.Empty] * 3
        assert joined(reader) == [0]


@claim("5.07")
def test_the_last_letter_ends_the_reader(ctx, reports, evidence):
    """The letter 'e' ends the reader, after it has been delivered; what follows stays behind."""
    with closing(ctx.Queue()) as letters:
        for letter in "abcdef":
            letters.put(letter, timeout=PATIENCE)
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        reader.start()
        got = reports.collect(5)
        exit_codes = joined(reader)
        left = letters.get(timeout=PATIENCE)
        evidence(reader=got, exit_code=exit_codes, left_in_the_queue=left)
        assert got == ["get a", "get b", "get c", "get d", "get e"]
        assert exit_codes == [0]
        assert left == "f"


@claim("5.08")
def test_without_its_last_letter_the_reader_waits(ctx, reports, evidence):
    """Without 'e' the reader waits for ever; terminate() ends it, with exit code -15.

    A reader terminated inside get() keeps the queue's lock: no other reader gets anything.
    """
    with closing(ctx.Queue()) as letters:
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        reader.start()
        for letter in "abc":
            letters.put(letter)
        got = reports.collect(3)
        waits = never(lambda: not reader.is_alive(), during=GRACE / 2)
        letters.put("d")
        got.append(reports.next())
        reader.terminate()
        exit_codes = joined(reader)
        evidence(got=got, waits=waits, exit_code_after_terminate=exit_codes)
        assert got == ["get a", "get b", "get c", "get d"]
        assert waits
        assert exit_codes == [-signal.SIGTERM]


@claim("5.09")
def test_terminating_an_ended_process_changes_nothing(ctx, reports, evidence):
    """join() and then terminate(): on a process that has ended, terminate() changes nothing."""
    with closing(ctx.Queue()) as letters:
        reader = ctx.Process(target=get_letters, args=(letters, reports.reporter))
        letters.put("e")
        reader.start()
        exit_codes = joined(reader)
        reader.terminate()
        exit_codes += joined(reader)
        letters.put("f")
        evidence(exit_codes=exit_codes, told=reports.next())
        assert exit_codes == [0, 0]
        assert letters.get(timeout=PATIENCE) == "f"  # the queue is as good as before


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
def test_a_writer_is_waited_for_though_never_joined(
    start_method, ctx, programs, reports, background, evidence
):
    """A writer that nobody joins still ends with 0, and its parent waits for it before ending.

    Not so a daemon, which multiprocessing terminates when the parent ends.  Under spawn and
    forkserver a parent must not end before the child has opened the queue (gh-94765).
    """
    with closing(ctx.Queue()) as letters:
        writer = ctx.Process(target=put_one_letter, args=(letters,))
        writer.start()
        until(lambda: writer.exitcode is not None, "the writer to end")
        where = (start_method, reports.reporter.port, reports.reporter.token)
        program = background(programs.call, start_a_writer_and_end, *where)
        events = sorted(reports.collect(2))
        reports.release()
        events += reports.collect(1)
        program.result()  # raises unless the program's exit code is 0
        evidence(exit_code=writer.exitcode, events=events)
        assert events == ["put a", "the program is over", "the parent waits"]
        assert writer.exitcode == 0
        assert letters.get(timeout=PATIENCE) == "a"


def put_and_count(letters, report):
    letters.put("from the child")
    report(letters.qsize())


@claim("5.11")
def test_an_ordinary_queue_does_not_connect_processes(ctx, start_method, reports, evidence):
    """An ordinary queue.Queue cannot connect processes; one in a Manager's process can.

    Under fork the child fills a copy; spawn and forkserver cannot pickle it, so start() raises
    TypeError (PicklingError on PyPy).  Manager().Queue() hands out proxies to one queue.
    """
    ordinary = queue.Queue()
    children = [ctx.Process(target=put_and_count, args=(ordinary, reports.reporter))]
    refusal = outcome(children[0].start)
    if start_method == "fork":
        in_the_child, in_the_parent = reports.next(), ordinary.qsize()
        evidence(in_the_child=in_the_child, in_the_parent=in_the_parent)
        assert refusal is None
        assert (in_the_child, in_the_parent) == (1, 0)
    else:
        evidence(refusal=refusal)
        assert type(refusal) is (PicklingError if PYPY else TypeError)
        children.clear()
    with ctx.Manager() as manager:
        served = manager.Queue()
        children.append(ctx.Process(target=put_and_count, args=(served, reports.reporter)))
        children[-1].start()
        assert reports.next() == 1
        assert served.get(timeout=PATIENCE) == "from the child"
        assert joined(*children) == [0] * len(children)


def put_back_double(carrier):
    carrier.put(2 * carrier.get())


def get(carrier):
    return carrier.get()


def double_value(carrier):
    carrier.value *= 2


def value(carrier):
    return carrier.value


def double_first(carrier):
    carrier[0] *= 2


def first(carrier):
    return carrier[0]


def send_back_double(ends):
    ends[1].send(2 * ends[1].recv())


def receive(ends):
    return ends[0].recv()


def double_byte(memory):
    memory.buf[0] *= 2
    memory.close()


def byte(memory):
    return memory.buf[0]


def connect_and_send(address):
    from multiprocessing.connection import Client

    with Client(address) as connection:
        connection.send(42)


def accept_and_receive(listener):
    with listener.accept() as connection:
        return connection.recv()


def take(lock):
    return lock.acquire(False)


def release(lock):
    lock.release()


#: For each means: what the child does with it, what the parent reads then, and what it must be.
MEANS = {
    "SimpleQueue": (put_back_double, get, 42),
    "JoinableQueue": (put_back_double, get, 42),
    "Manager().Queue": (put_back_double, get, 42),
    "Pipe": (send_back_double, receive, 42),
    "Value": (double_value, value, 42),
    "RawValue": (double_value, value, 42),
    "Manager().Value": (double_value, value, 42),
    "Array": (double_first, first, 42),
    "RawArray": (double_first, first, 42),
    "Manager().list": (double_first, first, 42),
    "Manager().dict": (double_first, first, 42),
    "SharedMemory": (double_byte, byte, 42),
    "Listener, Client": (connect_and_send, accept_and_receive, 42),
    "Lock": (release, take, True),
    "Semaphore": (release, take, True),
    "BoundedSemaphore": (release, take, True),
    "RLock": (take, take, False),
    "Event": (lambda event: event.set(), lambda event: event.is_set(), True),
}


def loaded(carrier):
    carrier.put(21)
    return carrier


def taken(lock):
    lock.acquire()
    return lock


@contextmanager
def all_means(ctx):
    """Make one of each means in the parent; those that carry data carry 21 to the child."""
    from multiprocessing.connection import Listener
    from multiprocessing.shared_memory import SharedMemory

    pipe = ctx.Pipe()
    pipe[0].send(21)
    memory = SharedMemory(create=True, size=1)
    memory.buf[0] = 21
    joinable = closing(ctx.JoinableQueue())
    listening = Listener(("localhost", 0))
    with ctx.Manager() as manager, joinable as joinable_queue, listening as listener:
        try:
            yield {
                "SimpleQueue": loaded(ctx.SimpleQueue()),
                "JoinableQueue": loaded(joinable_queue),
                "Manager().Queue": loaded(manager.Queue()),
                "Pipe": pipe,
                "Value": ctx.Value("i", 21),
                "RawValue": ctx.RawValue("i", 21),
                "Manager().Value": manager.Value("i", 21),
                "Array": ctx.Array("i", [21]),
                "RawArray": ctx.RawArray("i", [21]),
                "Manager().list": manager.list([21]),
                "Manager().dict": manager.dict({0: 21}),
                "SharedMemory": memory,
                "Listener, Client": listener,
                "Lock": taken(ctx.Lock()),
                "Semaphore": ctx.Semaphore(0),
                "BoundedSemaphore": taken(ctx.BoundedSemaphore(1)),
                "RLock": ctx.RLock(),
                "Event": ctx.Event(),
            }
        finally:
            memory.close()
            memory.unlink()


def use_all(means, condition, barrier):
    with condition:
        condition.notify()
    barrier.wait(PATIENCE)
    for name, (act, _, _) in MEANS.items():
        act(means[name])


@claim("5.12")
def test_a_score_of_types_exists_besides_the_queue(ctx, background, evidence):
    """Besides Queue, a score of types carry data between processes or coordinate them.

    Data: the other queues, Pipe, Value, Array, SharedMemory, Listener, a Manager's proxies.
    Coordination: Lock, RLock, Semaphore, BoundedSemaphore, Event, Condition, Barrier.
    """
    condition, barrier = ctx.Condition(), ctx.Barrier(2)
    with all_means(ctx) as means:
        sent = {**means, "Listener, Client": means["Listener, Client"].address}
        child = ctx.Process(target=use_all, args=(sent, condition, barrier))
        with condition:
            child.start()
            found = {"Condition": condition.wait(PATIENCE)}
        found["Barrier"] = barrier.wait(PATIENCE) in (0, 1)
        exit_codes = joined(child)
        for name, (_, read, _) in MEANS.items():
            found[name] = background(read, means[name]).result()
        evidence(found=found)
        assert exit_codes == [0]
        assert found == {
            "Condition": True,
            "Barrier": True,
            **{name: must_be for name, (_, _, must_be) in MEANS.items()},
        }
