"""Limits of descriptors, processes, memory and file sizes: who meets them, and with which error.

Each limit is set in a fresh interpreter, or in a forked child of it.

Source: https://docs.python.org/3/library/resource.html#resource-limits
"""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import socket
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import shared_memory
from multiprocessing.pool import ThreadPool
from pathlib import Path

from tests.harness import (
    LINUX,
    PATIENCE,
    POSIX,
    PYPY,
    applies,
    cases,
    claim,
    control,
    joined,
    needs_posix,
    outcome,
    refuted,
)
from tests.library.deployment import places
from tests.library.deployment.places import NOBODY_ELSE
from tests.library.multiprocessing.starting import METHODS

if POSIX:  # here, for a user of no rights may not be able to import it
    import resource

every_spec = [needs_posix]

needs_linux = applies(where=LINUX, because="Linux alone: it is seen by /proc or limited otherwise")


def limit(name, soft):
    """Lower a soft limit; the hard one stays, so that it can be raised again."""
    number = getattr(resource, name)
    resource.setrlimit(number, (soft, resource.getrlimit(number)[1]))


def soft_limit(name):
    return resource.getrlimit(getattr(resource, name))[0]


@contextlib.contextmanager
def no_descriptor_left():
    """Forbid this process to open anything more."""
    spare = os.dup(0)
    os.close(spare)
    usual = soft_limit("RLIMIT_NOFILE")
    limit("RLIMIT_NOFILE", spare)
    try:
        yield
    finally:
        limit("RLIMIT_NOFILE", usual)


def text_of(error):
    """Return an exception as a traceback shows it."""
    return f"{type(error).__name__}: {error}" if isinstance(error, Exception) else repr(error)


def open_descriptors():
    return len(os.listdir("/proc/self/fd")) - 1  # less the one that lists them


def start_and_join(context):
    child = context.Process(target=int)
    child.start()
    joined(child)
    return child


def use_an_executor(context):
    executor = ProcessPoolExecutor(1, mp_context=context)
    executor.submit(int).result(PATIENCE)
    return executor


def end_a_pool(pool):
    pool.close()
    pool.join()


def new_processes():
    """How a process of each start method is made, by name; close() ends it."""
    for method in METHODS:
        context = multiprocessing.get_context(method)
        yield f"Process by {method}", lambda context=context: start_and_join(context)


def taking():
    """How each is made, and ended, by name."""
    context = multiprocessing.get_context("fork")
    nothing = lambda _: None  # noqa: E731
    close = lambda thing: thing.close()  # noqa: E731
    return {
        "Lock": (context.Lock, nothing),
        "Event": (context.Event, nothing),
        **{name: (make, close) for name, make in new_processes()},
        "SimpleQueue": (context.SimpleQueue, close),
        "Queue": (context.Queue, close),
        "Pool of 1": (lambda: context.Pool(1), end_a_pool),
        "Pool of 3": (lambda: context.Pool(3), end_a_pool),
        "ThreadPool of 3": (lambda: ThreadPool(3), end_a_pool),
        "Manager": (context.Manager, lambda manager: manager.shutdown()),
        "executor of 1": (lambda: use_an_executor(context), lambda one: one.shutdown()),
    }


def descriptors_taken():
    """Return how many descriptors each takes, and how many more there are after its end."""
    multiprocessing.Lock()  # of the default context, which a ThreadPool uses
    for _, make in new_processes():
        make().close()
    found = {}
    gc.disable()
    for name, (make, end) in taking().items():
        gc.collect()
        before = open_descriptors()
        made = make()
        taken = open_descriptors() - before
        end(made)
        found[name] = [taken, open_descriptors() - before]
        del made
    return found


NUMBERS = {
    "Lock": 0,
    "Event": 0,
    "Process by fork": 2,
    "Process by spawn": 2,
    "Process by forkserver": 2,
    "SimpleQueue": 2,
    "Queue": 2,
    "Pool of 1": 8,
    "Pool of 3": 12,
    "ThreadPool of 3": 2,
    "Manager": 2,
    "executor of 1": 8,
}


@claim("DEPLOY12")
@needs_linux
@cases(thing=tuple(NUMBERS))
def test_a_process_takes_two_descriptors_and_a_lock_none(thing, programs, evidence):
    """A Process takes 2 descriptors, a queue 2, a Pool of n workers 2n + 6, a Lock or Event none.

    A ThreadPool and a Manager take 2; the start method does not matter.  On macOS each semaphore of
    a Lock, Event or queue takes one, too.  With the usual limit of 1024 (ulimit -n; macOS has 256)
    some 500 processes can be open at a time, and then there is "Too many open files".  Instead:
    close() each Process after join(), or raise the limit.
    """
    taken, _ = programs.once(descriptors_taken)[thing]
    assert evidence(descriptors=taken) == NUMBERS[thing]


@claim("DEPLOY13")
@needs_linux
@cases(thing=("Process by fork", "Process by spawn", "SimpleQueue", "executor of 1"))
@refuted(
    where=PYPY,
    thing="executor of 1",
    because="PyPy frees an executor's queues when it collects them, not when shutdown() drops them",
)
def test_close_and_shutdown_give_descriptors_back(thing, programs, evidence):
    """Process.close(), SimpleQueue.close() and an executor's shutdown() give all descriptors back.

    join() does not: a process that was joined has its two until close(), or until it is collected.
    So a program that keeps them in a list runs into "Too many open files".  (On PyPy a part
    waits for the collector.)
    """
    taken, left = programs.once(descriptors_taken)[thing]
    control(taken > 0, f"it takes descriptors: {taken}")
    assert evidence(left=left) == 0


@claim("DEPLOY14")
@needs_linux
@cases(thing=("Pool of 3", "ThreadPool of 3", "Manager", "Queue"))
@refuted(because="close() and shutdown() end workers, and leave the pipes to the collector")
def test_a_pool_that_was_closed_has_no_descriptors(thing, programs, evidence):
    """A Pool after close() and join(), and a Manager after shutdown(), have no descriptors left.

    In fact those of a Pool stay open until the Pool object is collected, which takes longer on PyPy
    and while a list, a traceback or a cycle refers to it; so do those of a Queue that was not used.
    OSError "[Errno 24] Too many open files" follows in programs that make many.  Instead: del pool
    after join(), or a ProcessPoolExecutor.
    """
    taken, left = programs.once(descriptors_taken)[thing]
    control(0 < left <= taken or left == 0, f"some are left, or none: {taken}, {left}")
    assert evidence(left=left) == 0


def start_without_descriptors(method):
    """Start a process with no descriptor left, and another one; return error and exit code."""
    context = multiprocessing.get_context(method)
    start_and_join(context).close()
    with no_descriptor_left():
        error = outcome(context.Process(target=int).start)
    return text_of(error), start_and_join(context).exitcode


@claim("DEPLOY15")
def test_start_says_that_there_are_too_many_open_files(start_method, programs, evidence):
    """Without a free descriptor start() raises OSError, and later another process can be started.

    "OSError: [Errno 24] Too many open files", on musl "No file descriptors available".  It is the
    parent's limit that counts.  (Who receives a descriptor at its limit, as by PyTorch's tensors in
    a Queue, sees RuntimeError: received 0 items of ancdata.)  Instead: close() each process after
    join(), or raise the soft limit by resource.setrlimit().
    """
    error, code = programs.call(start_without_descriptors, start_method)
    assert evidence(error=error, then=code) == (f"OSError: [Errno 24] {os.strerror(24)}", 0)


def as_a_user_without_processes():
    """Let this process be able to start nothing: no other process, and no thread."""
    if os.geteuid() == 0:  # whom no such limit concerns
        with places.refusing():
            os.setuid(NOBODY_ELSE)
    limit("RLIMIT_NPROC", 0)


def start_nothing(method):
    context = multiprocessing.get_context(method)
    before = open_descriptors()
    error = text_of(outcome(context.Process(target=int).start))
    gc.collect()  # what the exception held
    return {"error": error, "left": open_descriptors() - before}


def start_nothing_as_another(method):
    """Return the error of a start() that the limit of processes forbids, and what it leaves."""
    context = multiprocessing.get_context(method)
    context.Lock()  # starts the resource tracker for spawn
    start_and_join(context)  # and imports what a process needs
    return places.in_a_child_of(as_a_user_without_processes, lambda: start_nothing(method))


@claim("DEPLOY16")
@needs_linux
@cases(method=("fork", "spawn"))
def test_start_says_that_there_are_too_many_processes(method, programs, evidence):
    """At the limit of processes of its user start() raises BlockingIOError, which is an OSError.

    "BlockingIOError: [Errno 11] Resource temporarily unavailable" means no lock and no socket here:
    the system refuses one more process.  The limit (ulimit -u, RLIMIT_NPROC, pids.max of a
    container) counts the threads of all programs of the user.  Root has none but pids.max.
    Instead: a pool with few workers, join() what has ended, or a higher limit.
    """
    error = places.seen_in(programs, start_nothing_as_another, method)["error"]
    expected = "BlockingIOError: [Errno 11] Resource temporarily unavailable"
    assert evidence(error=error) == expected


@claim("DEPLOY17")
@needs_linux
@cases(method=("fork", "spawn"))
@refuted(method="fork", because="fork's pipes are made before the process, and nobody closes them")
def test_a_start_that_fails_leaves_nothing_open(method, programs, evidence):
    """A start() that fails for want of a process leaves no descriptor open.

    In fact under fork both pipes, four descriptors, stay open: who tries again every second soon
    has "Too many open files" as well, and the first error is forgotten.  Under spawn they are
    closed.  Instead: after a few failures, end the program and let a supervisor start it again.
    """
    seen = places.seen_in(programs, start_nothing_as_another, method)
    control(seen["error"].startswith("BlockingIOError"), f"it fails: {seen}")
    assert evidence(left=seen["left"]) == 0


def without_another_thread():
    as_a_user_without_processes()


def without_room_for_a_stack():
    """Let no thread have room for its stack, though there is some room for other things."""
    threading.stack_size(1 << 28)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit("RLIMIT_AS", pages * os.sysconf("SC_PAGE_SIZE") + (1 << 26))


WANTS = {"RLIMIT_NPROC": without_another_thread, "RLIMIT_AS": without_room_for_a_stack}


def submit_in_vain(want):
    """Submit a task where no further thread can be started; return the errors, and what ran."""

    def look():
        thread = outcome(threading.Thread(target=int).start)
        submit = outcome(executor.submit, ran.append, "refused")
        end.set()
        executor.shutdown()
        return {"thread": text_of(thread), "submit": text_of(submit), "ran": ran}

    def make():
        executor.submit(end.wait)
        WANTS[want]()

    ran, end = [], threading.Event()
    executor = ThreadPoolExecutor(2)
    return places.in_a_child_of(make, look)


@claim("DEPLOY18")
@needs_linux
@cases(want=tuple(WANTS))
def test_a_thread_without_room_cannot_start(want, programs, evidence):
    """At the limit of processes, or of the address space, a thread's start() is a RuntimeError.

    "RuntimeError: can't start new thread", whichever limit it is: a thread counts as a process of
    its user, and needs room for its stack (ulimit -v, RLIMIT_AS).  It is neither MemoryError nor
    OSError, so except OSError does not catch it.  Instead: fewer threads; threading.stack_size().
    """
    seen = places.seen_in(programs, submit_in_vain, want)
    assert evidence(error=seen["thread"]) == "RuntimeError: can't start new thread"


@claim("DEPLOY19")
@needs_linux
@cases(want=tuple(WANTS))
@refuted(because="submit() queues the task before it starts a thread for it, which fails")
def test_a_task_that_submit_refuses_does_not_run(want, programs, evidence):
    """If ThreadPoolExecutor.submit() raises RuntimeError, its function is not run.

    In fact RuntimeError "can't start new thread" comes when the task is in the queue already: a
    thread that exists runs it, and there is no Future to ask.  Who tries again has the task done
    twice.  Instead: make tasks that may be repeated, or start all threads first.
    """
    seen = places.seen_in(programs, submit_in_vain, want)
    control(seen["submit"] == "RuntimeError: can't start new thread", f"it is refused: {seen}")
    control(seen["ran"] in (["refused"], []), f"it ran once, or not: {seen}")
    assert evidence(ran=seen["ran"]) == []


#: Limits of the system that shared memory meets, and the errors.
OF_SIZE = {
    "RLIMIT_FSIZE": f"OSError: [Errno 27] {os.strerror(27)}",
    "RLIMIT_AS": f"OSError: [Errno 12] {os.strerror(12)}",
}


def make_large_things(name):
    """Limit the size of files or of memory, and make larger things; return what comes of each."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    room = pages * os.sysconf("SC_PAGE_SIZE") + (1 << 26)
    limit(name, {"RLIMIT_FSIZE": 4096, "RLIMIT_AS": room}[name])
    return {
        "SharedMemory": text_of(outcome(shared_memory.SharedMemory, create=True, size=1 << 27)),
        "Array": text_of(outcome(multiprocessing.RawArray, "B", 1 << 27)),
        "Lock": text_of(outcome(lambda: repr(type(multiprocessing.Lock())))),
    }


@claim("DEPLOY20")
@needs_linux
@cases(thing=("SharedMemory", "Array"), of=tuple(OF_SIZE))
def test_shared_memory_obeys_the_limits_of_sizes(thing, of, programs, evidence):
    """Limits of files and of memory (ulimit -f, ulimit -v) stop SharedMemory and Array: OSError.

    "OSError: [Errno 27] File too large", though no file is meant: both are files in /dev/shm or in
    the temporary folder.  Where the address space has no room (RLIMIT_AS): "OSError: [Errno 12]
    Cannot allocate memory", which is no MemoryError.  Locks are not concerned.  Instead: ulimit -f
    unlimited, and -v, or less at a time.
    """
    seen = programs.once(make_large_things, of)
    control("Lock" in seen["Lock"], f"what is small can be made: {seen}")
    assert evidence(error=seen[thing]).startswith(OF_SIZE[of])


async def serve_without_descriptors():
    """Connect to a server with no descriptor left; return what is told, and who was served when."""
    asyncio.constants.ACCEPT_RETRY_DELAY = 0.01  # it is 1 second
    loop = asyncio.get_running_loop()
    told, served = loop.create_future(), asyncio.Event()

    def keep(_loop, context):
        if not told.done():
            told.set_result(f"{context['message']}: {context['exception']}")

    async def serve(_reader, writer):
        served.set()
        writer.close()

    loop.set_exception_handler(keep)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with socket.socket() as client:
        client.setblocking(False)
        with no_descriptor_left():
            await loop.sock_connect(client, server.sockets[0].getsockname())
            message = await asyncio.wait_for(told, PATIENCE)
            at_once = served.is_set()
        await asyncio.wait_for(served.wait(), PATIENCE)
    server.close()
    return message, at_once


def run_a_server_without_descriptors():
    return asyncio.run(serve_without_descriptors())


@claim("DEPLOY40")
def test_a_server_without_a_descriptor_lets_clients_wait(programs, evidence):
    """An asyncio server that has no descriptor left logs it, and serves the client later.

    "socket.accept() out of system resource", with "[Errno 24] Too many open files".  The
    server stops accepting for a second, then tries again, so each client only sees a slow server.
    Instead: close what a connection has opened in finally, and raise the soft limit by ulimit -n or
    resource.setrlimit().
    """
    message, at_once = programs.call(run_a_server_without_descriptors)
    said = "socket.accept() out of system resource: [Errno 24] "
    assert evidence(told=message, served_at_once=at_once) == (said + os.strerror(24), False)
