"""multiprocessing.dummy: threads behind the names of multiprocessing.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.dummy
"""

import multiprocessing
import os
import queue
import threading
from array import array
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import dummy
from multiprocessing.dummy import connection
from multiprocessing.pool import ThreadPool

from tests.harness import (
    GRACE,
    PATIENCE,
    NotSeen,
    cases,
    claim,
    control,
    in_the_main_thread,
    joined,
    never,
    outcome,
    refuted,
    started,
)


@claim("DUMMY01")
def test_a_dummy_process_is_a_thread_with_an_exit_code(evidence):
    """dummy.Process is a Thread with an exitcode, but no terminate(), kill(), pid or close().

    exitcode is None until the thread has ended, and then 0.
    """
    go_on = threading.Event()
    worker = dummy.Process(target=go_on.wait, args=(PATIENCE,))
    unstarted = worker.exitcode
    worker.start()
    running = worker.exitcode
    go_on.set()
    joined(worker)
    assert evidence(exit_codes=[unstarted, running, worker.exitcode]) == [None, None, 0]
    assert isinstance(worker, threading.Thread)


@claim("DUMMY01")
def test_a_dummy_process_runs_its_target_in_this_process(evidence):
    """A dummy.Process runs its target in this process, with the arguments that it got."""
    seen = []

    def run(*args, **kwargs):
        seen.append((args, kwargs, os.getpid()))

    worker = dummy.Process(None, run, "by name", [1, 2], {"three": 3})
    worker.start()
    joined(worker)
    assert evidence(seen=seen) == [((1, 2), {"three": 3}, os.getpid())]
    assert worker.name == "by name"


@claim("DUMMY01")
@cases(name=("authkey", "close", "kill", "pid", "sentinel", "terminate"))
def test_a_dummy_process_lacks_what_only_processes_have(name, evidence):
    """dummy.Process has no terminate(), kill(), close(), pid, sentinel or authkey."""
    assert hasattr(multiprocessing.Process, name)
    assert evidence(a_dummy_process_has_it=hasattr(dummy.Process(), name)) is False


@claim("DUMMY02")
@cases(name=("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier"))
def test_locks_and_events_of_dummy_are_those_of_threading(name):
    """dummy's Lock, RLock, Semaphore, Condition, Event, Barrier are threading's, its Queue queue's.

    So to release an unlocked Lock is a RuntimeError, where multiprocessing's raises ValueError.
    """
    assert getattr(dummy, name) is getattr(threading, name)


@claim("DUMMY02")
@cases(name=("Queue", "JoinableQueue"))
def test_queues_of_dummy_are_those_of_queue(name):
    """dummy.Queue and dummy.JoinableQueue are queue.Queue: items are not pickled."""
    assert getattr(dummy, name) is queue.Queue


def received(end):
    """Return the next object that comes, or NotSeen if none does."""
    return end.recv() if end.poll(PATIENCE) else NotSeen("nothing has come")


@claim("DUMMY03")
def test_a_pipe_of_dummy_hands_over_the_object_itself(evidence):
    """dummy.Pipe() gives two connections that hand over the object itself, in order, both ways.

    Nothing is pickled: the receiver gets what the sender may still change.
    """
    item = {"lock": threading.Lock()}
    here, there = dummy.Pipe()
    with here, there:
        for sent in (item, 2, 3):
            here.send(sent)
        got = [received(there) for _ in range(3)]
        there.send_bytes(b"back")
        back = received(here)
    assert evidence(got=got[1:], back=back) == ([2, 3], b"back")
    assert got[0] is item


@claim("DUMMY03")
def test_poll_of_a_dummy_pipe_tells_whether_something_is_there(background, evidence):
    """poll() of dummy's connections says whether something is there; poll(timeout) waits for it."""
    here, there = dummy.Pipe()
    empty = there.poll(), there.poll(0.001)
    polling = background(there.poll, PATIENCE / 2)
    waits = never(lambda: polling.finished, during=GRACE / 3)
    here.send("there")
    full = polling.result(), there.poll(), there.poll(PATIENCE)
    assert evidence(empty=empty, waits=waits) == ((False, False), True)
    assert evidence(full=full) == (True, True, True)
    assert not here.poll()


@claim("DUMMY04")
def test_the_manager_of_dummy_is_the_module(evidence):
    """dummy.Manager() is the module itself: its list and dict are builtin, nothing is shared.

    shutdown() does nothing.  "with dummy.Manager()" fails, as a module is no context manager.
    """
    manager = dummy.Manager()
    assert manager is dummy
    assert evidence(list=manager.list, dict=manager.dict) == (list, dict)
    assert manager.shutdown() is None
    assert not hasattr(manager, "__enter__")


@claim("DUMMY04")
def test_what_a_manager_of_dummy_makes_are_plain_objects(evidence):
    """Namespace and Value of dummy.Manager() are plain objects, Array an array.array."""
    manager = dummy.Manager()
    value, space = manager.Value("i", 7), manager.Namespace(b=2, a=1)
    value.value += 1
    space.c = 3
    assert evidence(value=repr(value), namespace=repr(space)) == (
        "<Value('i', 8)>",
        "Namespace(a=1, b=2, c=3)",
    )
    assert manager.Array("d", [0.5, 1.5], lock=False) == array("d", [0.5, 1.5])


@claim("DUMMY05")
def test_the_pool_of_dummy_is_a_thread_pool(evidence):
    """dummy.Pool(n, initializer, initargs) is a ThreadPool of n threads of this process."""
    begun = []
    with dummy.Pool(3, begun.append, ("begun",)) as pool:
        pool.close()
        pool.join()
    assert type(pool) is ThreadPool
    assert evidence(initialized=begun) == ["begun"] * 3


@claim("DUMMY06")
def test_the_current_process_of_dummy_is_the_current_thread(evidence):
    """dummy.current_process() is the current thread: the dummy process itself, in its target."""
    seen = []
    worker = dummy.Process(target=lambda: seen.append(dummy.current_process()))
    worker.start()
    joined(worker)
    assert evidence(in_the_target=seen) == [worker]
    assert dummy.current_process() is threading.current_thread()


@claim("DUMMY07")
@in_the_main_thread
def test_active_children_of_dummy_are_the_running_ones(evidence):
    """dummy.active_children() lists the dummy processes of this thread that have not ended."""
    gates = [threading.Event() for _ in range(2)]
    one, two = started(dummy.Process(target=gate.wait, args=(PATIENCE,)) for gate in gates)
    dummy.Process()  # one that is not started is not listed
    both = dummy.active_children()
    gates[0].set()
    joined(one)
    running = dummy.active_children()
    gates[1].set()
    joined(two)
    assert {*both} == {one, two}
    assert evidence(running=running, at_last=dummy.active_children()) == ([two], [])


@claim("DUMMY07")
def test_a_dummy_process_has_a_list_of_children_of_its_own(evidence):
    """In a dummy process, dummy.active_children() lists those that it has started: none so far."""
    seen = []
    worker = dummy.Process(target=lambda: seen.append(dummy.active_children()))
    worker.start()
    joined(worker)
    assert evidence(in_a_dummy_process=seen) == [[]]


def fail():
    raise LookupError("the target fails")


@claim("DUMMY08")
@refuted(because="CPython and PyPy: exitcode is 0 for every thread that has ended")
def test_a_dummy_process_that_fails_has_exit_code_1(monkeypatch, evidence):
    """dummy.Process has the exit code 1 when its target raises, as Process has.

    In fact it always has 0, and threading.excepthook gets the exception: code that checks exitcode
    finds nothing wrong with threads.  Return results and errors through a queue or a pool.
    """
    caught = []
    monkeypatch.setattr(threading, "excepthook", lambda error: caught.append(error.exc_type))
    worker = dummy.Process(target=fail)
    worker.start()
    joined(worker)
    control(caught == [LookupError], "the target has raised")
    assert evidence(exit_code=worker.exitcode) == 1


@claim("DUMMY09")
@refuted(
    because="gh-85716: dummy.Process has no parameter daemon, on CPython and PyPy",
    by="TypeError: DummyProcess.__init__() got an unexpected keyword argument 'daemon'",
)
def test_a_dummy_process_takes_the_parameters_of_process():
    """dummy.Process takes every parameter that Process takes: also daemon.

    "TypeError: DummyProcess.__init__() got an unexpected keyword argument 'daemon'".  Set the
    attribute daemon before start().
    """
    dummy.Process(group=None, target=print, name="name", args=(), kwargs={}, daemon=True)


@claim("DUMMY10")
@refuted(
    because="CPython and PyPy: only the importing thread and dummy processes have a list of them",
    by="AttributeError: 'Thread' object has no attribute '_children'",
)
def test_active_children_of_dummy_may_be_asked_in_any_thread(evidence):
    """dummy.active_children() may be asked for in any thread: it is empty in a new one.

    In a thread that is no dummy.Process, as here in that of a ThreadPoolExecutor:
    "AttributeError: 'Thread' object has no attribute '_children'".  Keep a list of the workers.
    """
    with ThreadPoolExecutor(1) as executor:
        assert evidence(in_a_thread=executor.submit(dummy.active_children).result()) == []


@claim("DUMMY11")
def test_freeze_support_of_dummy_does_nothing(evidence):
    """dummy.freeze_support() does nothing and returns None."""
    assert evidence(returned=dummy.freeze_support()) is None


@claim("DUMMY12")
def test_only_its_maker_may_start_a_dummy_process(background, evidence):
    """Only the thread that made a dummy process can start it; another one gets a RuntimeError.

    "RuntimeError: Parent is ... but current_process is ...".  A Thread may be started by any
    thread.
    """
    worker, thread = dummy.Process(), threading.Thread()
    refused, allowed = (background(outcome, one.start).result() for one in (worker, thread))
    worker.start()
    joined(worker, thread)
    evidence(dummy_process=refused, thread=allowed)
    assert (type(refused), allowed) == (RuntimeError, None)
    assert "but current_process is" in str(refused)


@claim("DUMMY13")
@refuted(
    because="gh-74054: CPython and PyPy lack 19 names in multiprocessing.dummy",
    by="AssertionError: 19 names are missing",
)
def test_dummy_has_every_name_of_multiprocessing(evidence):
    """multiprocessing.dummy has every public name of multiprocessing, whose API it replicates.

    In fact 19 of them are missing, such as TimeoutError, cpu_count, parent_process, get_context,
    SimpleQueue and get_logger.  So "import multiprocessing.dummy as multiprocessing" is no drop-in:
    AttributeError.  What dummy.Pool raises is multiprocessing.TimeoutError.
    """
    missing = sorted(name for name in multiprocessing.__all__ if not hasattr(dummy, name))
    assert evidence(missing=missing) == [], f"{len(missing)} names are missing"


@claim("DUMMY14")
def test_a_listener_of_dummy_accepts_its_clients_in_order(background, evidence):
    """dummy.connection.Client(listener.address) connects to its Listener, each to one accept()."""
    with connection.Listener() as listener:
        accepting = background(lambda: [listener.accept() for _ in range(2)])
        clients = [connection.Client(listener.address) for _ in range(2)]
        servers = accepting.result()
        for number, server in enumerate(servers):
            server.send(number)
        got = [received(client) for client in clients]
    assert evidence(got=got) == [0, 1]
    assert listener.address is None
