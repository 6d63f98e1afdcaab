"""multiprocessing.dummy: threads behind the names of multiprocessing.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.dummy
"""

import multiprocessing
import os
import queue
import threading
from array import array
from multiprocessing import dummy
from multiprocessing.dummy import connection
from multiprocessing.pool import ThreadPool

from tests.harness import (
    GRACE,
    PATIENCE,
    NotSeen,
    claim,
    control,
    joined,
    outcome,
    raises,
    refuted,
    started,
)

OF_PROCESS_ALONE = ("authkey", "close", "kill", "pid", "sentinel", "terminate")


@claim("DU01")
def test_a_dummy_process_is_a_thread_with_an_exit_code(evidence):
    """dummy.Process is a Thread with an exitcode, but no terminate(), kill(), pid or close().

    It runs in this process.  exitcode is None until it has ended, and then 0.
    """
    go_on, seen = threading.Event(), []

    def run(*args, **kwargs):
        seen.append((args, kwargs, os.getpid(), threading.current_thread() is worker))
        go_on.wait(PATIENCE)

    worker = dummy.Process(None, run, "by name", [1, 2], {"three": 3})
    codes = [worker.exitcode]
    worker.start()
    codes.append(worker.exitcode)
    alive = worker.is_alive()
    go_on.set()
    joined(worker)
    codes.append(worker.exitcode)
    evidence(exit_codes=codes, seen=seen)
    assert isinstance(worker, threading.Thread)
    assert (worker.name, alive, worker.is_alive()) == ("by name", True, False)
    assert codes == [None, None, 0]
    assert seen == [((1, 2), {"three": 3}, os.getpid(), True)]
    assert [name for name in OF_PROCESS_ALONE if hasattr(worker, name)] == []


@claim("DU02")
def test_locks_and_events_of_dummy_are_those_of_threading(evidence):
    """dummy's Lock, RLock, Semaphore, Condition, Event, Barrier are threading's, its Queue queue's.

    So releasing an unlocked Lock is a RuntimeError, where multiprocessing's is a ValueError, and
    what is put into a Queue is got as the same object.
    """
    names = "Lock RLock Semaphore BoundedSemaphore Condition Event Barrier".split()
    others = [name for name in names if getattr(dummy, name) is not getattr(threading, name)]
    with raises(RuntimeError) as refusal:
        dummy.Lock().release()
    with raises(ValueError):
        dummy.BoundedSemaphore(1).release()
    item, fifo = [], dummy.Queue(1)
    fifo.put(item)
    full = outcome(fifo.put, item, block=False)
    got = fifo.get(block=False)
    evidence(others=others, release=refusal.error)
    assert others == []
    assert dummy.Queue is queue.Queue
    assert type(refusal.error) is RuntimeError
    assert (type(full), got is item) == (queue.Full, True)


@claim("DU03")
def test_a_joinable_queue_of_dummy_waits_for_task_done(background, evidence):
    """dummy.JoinableQueue is queue.Queue: join() waits for a task_done() for each item."""
    tasks = dummy.JoinableQueue()
    for number in range(2):
        tasks.put(number)
    joining = background(tasks.join)
    got = [tasks.get(timeout=PATIENCE)]
    tasks.task_done()
    got.append(tasks.get(timeout=PATIENCE))
    early = outcome(joining.result, within=GRACE / 5)
    tasks.task_done()
    returned = joining.result()
    evidence(got=got, join=returned)
    assert dummy.JoinableQueue is queue.Queue
    assert (got, type(early), returned) == ([0, 1], NotSeen, None)
    assert type(outcome(tasks.task_done)) is ValueError


def received(end):
    """Return the next object that comes, or NotSeen if none does."""
    return end.recv() if end.poll(PATIENCE) else NotSeen("nothing has come")


@claim("DU04")
def test_a_pipe_of_dummy_hands_over_the_object_itself(evidence):
    """dummy.Pipe() gives two connections that hand over the object itself, in order, both ways.

    Nothing is pickled: the receiver gets what the sender may still change.  poll() tells whether
    something is there.
    """
    here, there = dummy.Pipe()
    item = {"lock": threading.Lock()}
    empty = (there.poll(), there.poll(0.001))
    for sent in (item, 2, 3):
        here.send(sent)
    ready = (there.poll(), there.poll(PATIENCE), here.poll())
    got = [received(there) for _ in range(3)]
    there.send("back")
    back = received(here)
    with dummy.Pipe(duplex=False)[1] as writer:
        writer.send_bytes(b"bytes")
    evidence(empty=empty, ready=ready, got=got[1:])
    assert empty == (False, False)
    assert ready == (True, True, False)
    assert got[0] is item
    assert (got[1:], back) == ([2, 3], "back")
    assert here.close() is None


@claim("DU05")
def test_the_manager_of_dummy_is_the_module(evidence):
    """dummy.Manager() is the module itself: its list and dict are builtin, nothing is shared.

    Namespace, Value and Array are plain objects, Array an array.array of the typecode, and
    shutdown() does nothing.  "with dummy.Manager()" fails, as a module is no context manager.
    """
    manager = dummy.Manager()
    value = manager.Value("i", 7)
    first = value.value
    value.value += 1
    space = manager.Namespace(b=2, a=1)
    space.c = 3
    numbers = manager.Array("d", [0.5, 1.5], lock=False)
    evidence(value=value, namespace=space, array=numbers)
    assert manager is dummy
    assert (manager.list, manager.dict) == (list, dict)
    assert (first, value.value, repr(value)) == (7, 8, "<Value('i', 8)>")
    assert (space.a, space.b, repr(space)) == (1, 2, "Namespace(a=1, b=2, c=3)")
    assert numbers == array("d", [0.5, 1.5])
    assert manager.shutdown() is None
    assert not hasattr(manager, "__enter__")


@claim("DU06")
def test_the_pool_of_dummy_is_a_thread_pool(evidence):
    """dummy.Pool(n, initializer, initargs) is a ThreadPool of n threads of this process."""
    begun, everybody = [], threading.Barrier(3)

    def meet(number):
        everybody.wait(PATIENCE)
        return number * number, os.getpid(), threading.get_ident()

    with dummy.Pool(3, begun.append, ("begun",)) as pool:
        results = pool.map(meet, range(3), chunksize=1)
        kind = type(pool)
        pool.close()
        pool.join()
    squares, pids, threads = zip(*results, strict=True)
    evidence(squares=squares, threads=len(set(threads)))
    assert kind is ThreadPool
    assert begun == ["begun"] * 3
    assert (squares, set(pids)) == ((0, 1, 4), {os.getpid()})
    assert len({*threads, threading.get_ident()}) == 4


@claim("DU07")
def test_the_current_process_of_dummy_is_the_current_thread(evidence):
    """dummy.current_process() is the current thread: the dummy process itself, in its target."""
    seen = []
    workers = [dummy.Process(target=lambda: seen.append(dummy.current_process())) for _ in range(2)]
    for worker in workers:
        worker.start()
        joined(worker)
    evidence(names=[thread.name for thread in seen])
    assert seen == workers
    assert dummy.current_process() is threading.current_thread()


@claim("DU08")
def test_active_children_of_dummy_are_the_running_ones(evidence):
    """dummy.active_children() lists the dummy processes of this thread that have not ended."""
    gates = [threading.Event() for _ in range(3)]
    workers = started(dummy.Process(target=gate.wait, args=(PATIENCE,)) for gate in gates)
    unstarted = dummy.Process()
    listed = set(dummy.active_children())
    gates[1].set()
    joined(workers[1])
    then = set(dummy.active_children())
    for gate in gates:
        gate.set()
    joined(*workers)
    at_last = dummy.active_children()
    evidence(listed=len(listed), then=len(then), at_last=len(at_last))
    assert listed == set(workers)
    assert unstarted not in listed
    assert then == {workers[0], workers[2]}
    assert at_last == []


def fail():
    raise LookupError("the target fails")


@claim("DU09")
@refuted(because="CPython and PyPy: exitcode is 0 for every thread that has ended")
def test_a_dummy_process_that_fails_has_exit_code_1(evidence):
    """dummy.Process has the exit code 1 when its target raises, as Process has.

    It has 0, always; the exception goes to threading.excepthook.  So code that checks exitcode
    finds nothing wrong with threads.  Instead: return results and errors through a queue or pool.
    """
    caught, hook = [], threading.excepthook
    threading.excepthook = lambda error: caught.append(error.exc_type)
    try:
        worker = dummy.Process(target=fail)
        worker.start()
        joined(worker)
    finally:
        threading.excepthook = hook
    evidence(exit_code=worker.exitcode, thread_raised=caught)
    control((caught, worker.exitcode) in (([LookupError], 0), ([LookupError], 1)), repr(caught))
    assert worker.exitcode == 1


@claim("DU10")
@refuted(because="gh-85716: dummy.Process has no parameter daemon, on CPython and PyPy")
def test_a_dummy_process_takes_the_parameters_of_process(evidence):
    """dummy.Process takes every parameter that Process takes: also daemon.

    TypeError: DummyProcess.__init__() got an unexpected keyword argument 'daemon'.  Instead: set
    the attribute daemon before start().
    """
    others = dummy.Process(group=None, target=print, name="name", args=(), kwargs={})
    others.daemon = True
    made = outcome(dummy.Process, daemon=True)
    evidence(made=made)
    control((others.name, others.daemon) == ("name", True), "the others are taken")
    control(isinstance(made, (TypeError, threading.Thread)), repr(made))
    assert not isinstance(made, TypeError), str(made)


@claim("DU11")
@refuted(
    because="CPython and PyPy: only the importing thread and dummy processes have a list of them"
)
def test_active_children_of_dummy_may_be_asked_in_any_thread(evidence):
    """dummy.active_children() may be asked for in any thread: it is empty in a new one.

    In a thread that is no dummy.Process: AttributeError: 'Thread' object has no attribute
    '_children'.  Instead: keep a list of the workers.
    """
    seen = []
    for kind in (dummy.Process, threading.Thread):
        thread = kind(target=lambda: seen.append(outcome(dummy.active_children)))
        thread.start()
        joined(thread)
    evidence(in_dummy_process=seen[0], in_thread=seen[1])
    control(seen[0] == [], f"in a dummy process: {seen[0]!r}")
    control(seen[1] == [] or type(seen[1]) is AttributeError, repr(seen[1]))
    assert seen[1] == []


@claim("DU12")
def test_freeze_support_of_dummy_does_nothing(evidence):
    """dummy.freeze_support() does nothing and returns None, in threads as well."""
    returned = [dummy.freeze_support()]
    worker = dummy.Process(target=lambda: returned.append(dummy.freeze_support()))
    worker.start()
    joined(worker)
    evidence(returned=returned)
    assert returned == [None, None]


@claim("DU13")
def test_only_its_maker_may_start_a_dummy_process(background, evidence):
    """A dummy process is started by the thread that made it; in another one: RuntimeError.

    A Thread may be started by any thread.  "Parent is <...> but current_process is <...>".
    """
    ran = []
    worker, thread = (
        kind(target=ran.append, args=(kind.__name__,)) for kind in (dummy.Process, threading.Thread)
    )
    refused = background(outcome, worker.start).result()
    allowed = background(outcome, thread.start).result()
    code = worker.exitcode
    worker.start()
    joined(worker, thread)
    evidence(dummy_process=refused, thread=allowed)
    assert (type(refused), allowed, code) == (RuntimeError, None, None)
    assert "but current_process is" in str(refused)
    assert sorted(ran) == ["DummyProcess", "Thread"]


@claim("DU14")
@refuted(because="gh-74054: CPython and PyPy lack 19 names in multiprocessing.dummy")
def test_dummy_has_every_name_of_multiprocessing(evidence):
    """multiprocessing.dummy has every public name of multiprocessing, whose API it replicates.

    Nineteen are missing, such as TimeoutError, cpu_count, parent_process, get_context,
    SimpleQueue and get_logger: AttributeError.  So "import multiprocessing.dummy as
    multiprocessing" is no drop-in.  Pool's TimeoutError is multiprocessing's.
    """
    names = [name for name in multiprocessing.__all__ if not hasattr(dummy, name)]
    evidence(missing=sorted(names))
    control(set(dummy.__all__) <= set(multiprocessing.__all__), "it has no others of its own")
    some_are_there = names == [] or {"TimeoutError", "cpu_count", "SimpleQueue"} < set(names)
    control(some_are_there and len(names) in (0, 19), f"the missing names: {names}")
    assert names == []


@claim("DU15")
def test_a_listener_of_dummy_accepts_its_clients_in_order(background, evidence):
    """dummy.connection.Client(listener.address) connects to its Listener, each to one accept()."""
    with connection.Listener() as listener:
        accepting = background(lambda: [listener.accept() for _ in range(2)])
        clients = [connection.Client(listener.address) for _ in range(2)]
        for number, client in enumerate(clients):
            client.send(number)
        servers = accepting.result()
        got = [received(server) for server in servers]
        for server in servers:
            server.send([got.pop(0)])
        answers = [received(client) for client in clients]
    evidence(answers=answers)
    assert answers == [[0], [1]]
    assert outcome(getattr, listener, "address") is None
