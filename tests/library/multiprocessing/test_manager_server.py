"""The life of a Manager: its server process, from start() or get_server() to shutdown().

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.BaseManager
"""

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from multiprocessing.context import AuthenticationError, ProcessError
from multiprocessing.managers import BaseManager, SyncManager

from tests.harness import (
    FORK,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
)

#: For what does not depend on how the processes were started.
CHEAPEST = "fork" if FORK else "spawn"

needs_posix = applies(where=sys.platform != "win32", because="Windows has no such signals")
needs_unix_sockets = applies(where=sys.platform != "win32", because="Windows has named pipes")


def server_of(before):
    """The process that has been started since."""
    (server,) = set(multiprocessing.active_children()) - set(before)
    return server


def kind(function, *arguments):
    """The type of what the call returns or raises.

    Kept with its traceback, an exception of a broken connection keeps the message's buffer in a
    cycle, and CPython complains when it collects that ("Existing exports of data").
    """
    return type(outcome(function, *arguments))


class Shelf(BaseManager):
    """A manager of lists that its server has from its beginning."""


#: What the server process is told by its initializer.
told = []


def tell(*values):
    told.extend(values)
    return values


def get_told():
    return [*told, os.getpid()]


class Answers:
    """Objects that answer from the server process."""

    def told(self):
        """Return what the initializer was told, and the pid of the process."""
        return get_told()


Shelf.register("Answers", Answers)


@claim("MG35")
def test_a_manager_serves_from_a_process_of_its_own(ctx, background, evidence):
    """start() runs the initializer and the objects in a process of their own, until shutdown()."""
    before = multiprocessing.active_children()
    shelf = Shelf(ctx=ctx)
    early = outcome(shelf.Answers)
    started = shelf.start(tell, ("first", 2)), multiprocessing.active_children()
    server = server_of(before)
    answers = shelf.Answers().told()
    twice = outcome(shelf.start), outcome(shelf.get_server)
    alive = server.is_alive(), background(shelf.join, 0.01).result(), server.is_alive()
    ended = shelf.shutdown(), shelf.shutdown(), joined(server)
    after = background(shelf.join).result()
    late = outcome(shelf.start), outcome(shelf.__enter__), outcome(shelf.get_server)
    evidence(answers=answers, early=early, twice=twice, late=late, exit_code=server.exitcode)
    assert started[0] is None
    assert answers == ["first", 2, server.pid]
    assert server.name.startswith("Shelf-")
    assert alive == (True, None, True)
    assert ended == (None, None, [0])
    assert after is None
    assert type(early) is AssertionError
    assert [type(error) for error in (*twice, *late)] == [ProcessError] * 5


@claim("MG36")
def test_a_manager_is_a_context_manager(evidence):
    """`with` starts a manager that has not been started, and shuts it down, after an error too."""
    ctx = multiprocessing.get_context(CHEAPEST)
    before = multiprocessing.active_children()
    errors = []
    for error in (None, KeyError("x")):
        shelf = Shelf(ctx=ctx)
        try:
            with shelf as entered:
                server = server_of(before)
                alive = server.is_alive()
                answers = shelf.Answers().told()
                if error:
                    raise error
        except KeyError as seen:
            errors.append(seen)
        ended = joined(server)
        assert entered is shelf
        assert (alive, answers, ended) == (True, [server.pid], [0])
    evidence(errors=errors)
    assert [str(error) for error in errors] == ["'x'"]


@claim("MG12")
def test_a_manager_serves_nothing_before_its_start(evidence):
    """A SyncManager that has not been started: each of its methods raises AssertionError.

    "AssertionError: server not yet started".  multiprocessing.Manager() returns a started one;
    of SyncManager() call start(), or use it in a `with` statement.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    manager = SyncManager(ctx=ctx)
    refusals = [outcome(getattr(manager, name)) for name in ("list", "dict", "Lock", "Namespace")]
    missing = hasattr(manager, "shutdown"), manager.address
    with manager:
        served = manager.list([1])[:]
    evidence(refusals=refusals, then=served)
    assert [type(refusal) for refusal in refusals] == [AssertionError] * 4
    assert missing == (False, None)
    assert served == [1]


@claim("MG08")
@refuted(where=before("3.14.0"), because="3.14 added set()")
def test_a_sync_manager_makes_sixteen_types(evidence):
    """SyncManager makes sixteen types of shared objects, set() among them.

    They are those of threading, queue.Queue (also as JoinableQueue), Pool, list, dict, set, Value,
    Array and Namespace.  Up to 3.13 there is no set().
    """
    expected = (
        "Array Barrier BoundedSemaphore Condition Event JoinableQueue Lock Namespace Pool Queue"
    )
    expected += " RLock Semaphore Value dict list set"
    common = "address connect get_server join register shutdown start".split()
    found = [name for name in dir(SyncManager) if name[0] != "_" and name not in common]
    evidence(found=found)
    control(found in (expected.split(), expected.split()[:-1]), repr(found))
    assert found == expected.split()


@claim("MG03")
@needs_unix_sockets
def test_a_proxy_is_useless_after_the_shutdown(ctx, background, evidence):
    """After shutdown() a proxy raises BrokenPipeError, or FileNotFoundError in a new thread.

    A thread that has used a proxy of the Manager has a connection, which is broken; another one
    does not even find the Manager's socket.  The Manager itself: AssertionError.
    """
    manager = ctx.Manager()
    used, unused = manager.list([1]), manager.list([2])
    used.append(2)
    manager.shutdown()
    errors = [kind(used.append, 3), kind(used.append, 3), kind(unused.append, 3)]
    elsewhere = background(kind, used.append, 3).result()
    made = kind(manager.list)
    evidence(here=errors, in_a_new_thread=elsewhere, manager=made, text=str(used))
    assert errors == [BrokenPipeError] * 3
    assert elsewhere is FileNotFoundError
    assert made is AssertionError
    assert "'__str__()' failed" in str(used)


@claim("MG37")
@needs_unix_sockets
@needs_posix
def test_a_proxy_is_useless_when_its_server_is_killed(background, evidence):
    """When the Manager's process is killed, its proxies raise OSErrors, and what they held is lost.

    BrokenPipeError in a thread that has a connection, ConnectionRefusedError in others.  shutdown()
    returns all the same.  There is no restart: make a new Manager.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    before = multiprocessing.active_children()
    manager = ctx.Manager()
    server = server_of(before)
    proxy = manager.list([1])
    proxy.append(2)
    server.kill()
    exit_codes = joined(server)
    errors = [kind(proxy.append, 3), kind(proxy.append, 3)]
    others = [background(kind, proxy.append, 3).result(), kind(manager.list)]
    ended = background(manager.shutdown).result()
    evidence(errors=errors, others=others, exit_codes=exit_codes)
    assert exit_codes == [-signal.SIGKILL]
    assert errors == [BrokenPipeError] * 2
    assert others == [ConnectionRefusedError] * 2
    assert ended is None


@claim("MG38")
@needs_posix
def test_a_manager_ignores_the_keyboard_interrupt(evidence):
    """Ctrl-C does not end a Manager's process, which ignores SIGINT: its proxies work on."""
    ctx = multiprocessing.get_context(CHEAPEST)
    before = multiprocessing.active_children()
    with ctx.Manager() as manager:
        server = server_of(before)
        numbers = manager.list([1])
        for _ in range(3):
            os.kill(server.pid, signal.SIGINT)
            numbers.append(2)
        found, alive = numbers[:], server.is_alive()
    evidence(found=found, alive=alive, exit_code=server.exitcode)
    assert (found, alive) == ([1, 2, 2, 2], True)
    assert joined(server) == [0]


def be_stubborn(ignore_term, report):
    if ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=report.hold).start()  # the process ends only after this thread


@claim("MG10")
@needs_posix
@refuted(where=before("3.11.0"), because="3.11 added the parameter shutdown_timeout")
def test_a_stubborn_manager_is_ended_after_the_timeout(reports, background, evidence):
    """shutdown_timeout= says after how long shutdown() terminates, and then kills, the process.

    One would expect it to be adjustable.  Up to 3.10: "TypeError: BaseManager.__init__() got an
    unexpected keyword argument 'shutdown_timeout'"; there it is one second, and never kills.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    found = []
    for ignore_term in (False, True):
        before = multiprocessing.active_children()
        manager = outcome(SyncManager, ctx=ctx, shutdown_timeout=0.05)
        control(type(manager) in (SyncManager, TypeError), repr(manager))
        if isinstance(manager, SyncManager):
            manager.start(be_stubborn, (ignore_term, reports.reporter))
            reports.next()
            server = server_of(before)
            background(manager.shutdown).result()
            reports.release()
            found += joined(server)
    evidence(exit_codes=found)
    assert found == [-signal.SIGTERM, -signal.SIGKILL]


@claim("MX29")
@needs_unix_sockets
def test_a_managers_address_is_a_socket_in_a_temporary_folder(evidence):
    """The default address of a Manager is a socket in a folder pymp-*; others can be given."""
    ctx = multiprocessing.get_context(CHEAPEST)
    with ctx.Manager() as manager, SyncManager(("127.0.0.1", 0), ctx=ctx) as by_port:
        address, (host, port) = manager.address, by_port.address
        found = type(address), os.path.exists(address)
        folder = os.path.basename(os.path.dirname(address))
        shared = by_port.list([manager.list([1])])
        nested = shared[0][:]
    evidence(address=os.path.basename(address), folder=folder, port=port)
    assert found == (str, True)
    assert folder.startswith("pymp-")
    assert (host, port > 0, nested) == ("127.0.0.1", True, [1])


LONG_FOLDER = """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        print(manager.list([1]), manager.address.count("x") > 90)
"""


@claim("MG39")
@predicts("RC38")
@needs_unix_sockets
@refuted(
    where=before("3.14.0"),
    because="3.14 makes its socket in /tmp where the path would be too long (gh-132124)",
)
def test_a_manager_works_with_a_long_temporary_folder(programs, folder, evidence):
    """multiprocessing.Manager() works when the path of the temporary folder is long.

    One would expect TMPDIR to be any folder.  The path of a socket is 107 bytes at most (103 on
    macOS): "OSError: AF_UNIX path too long" in the Manager's process, and EOFError in the caller.
    Since 3.14 the socket then is in /tmp.  Instead: a short TMPDIR, or address=("127.0.0.1", 0).
    """
    long = folder / ("x" * 100)
    long.mkdir()
    program = programs.run(LONG_FOLDER, environ={"TMPDIR": str(long)})
    evidence(exit_code=program.exit_code, out=program.lines, err=program.err[-300:])
    too_long = "EOFError" in program.err and "AF_UNIX path too long" in program.err
    control(program.exit_code == 0 or too_long, program.err)
    assert (program.exit_code, program.lines) == (0, ["[1] False"])


def serve(report):
    """Serve a list and what adds to it, until the process is terminated."""
    numbers = [1, 2]
    Library.register("numbers", callable=lambda: numbers)
    server = Library(("127.0.0.1", 0), authkey=b"the key").get_server()
    report([server.address, type(server).__name__, outcome(getattr, server, "address")])
    server.serve_forever()


class Library(BaseManager):
    """A manager that serves one list to unrelated processes."""


class Reader(BaseManager):
    """A manager of the same objects, at the other end."""


Reader.register("numbers")
Reader.register("unknown")


def read_remotely(address, authkey, report):
    reader = Reader(tuple(address), authkey)
    report(reader.connect())
    numbers = reader.numbers()
    numbers.append(numbers.pop(0) * 10)
    report(str(numbers))


@claim("MG40")
def test_unrelated_processes_connect_by_address(reports, evidence):
    """get_server().serve_forever() serves whoever connect()s to its address with the same key."""
    ctx = multiprocessing.get_context(CHEAPEST)
    child = ctx.Process(target=serve, args=(reports.reporter,))
    child.start()
    address, kind, same = reports.next()
    visitor = ctx.Process(target=read_remotely, args=(address, b"the key", reports.reporter))
    visitor.start()
    connected, seen = reports.collect(2)
    exit_codes = joined(visitor)
    reader = Reader(tuple(address), authkey=b"the key")
    early = outcome(reader.numbers)
    reader.connect()
    numbers = reader.numbers()
    numbers.extend([7])
    result = str(numbers), reader.address, hasattr(reader, "shutdown")
    unknown = outcome(reader.unknown)
    wrong = outcome(Reader(tuple(address), authkey=b"another").connect)
    child.terminate()
    joined(child)
    gone = outcome(Reader(tuple(address), authkey=b"the key").connect)
    evidence(server=kind, seen=seen, result=result, wrong_key=wrong, unknown=unknown, gone=gone)
    assert (kind, address, exit_codes, connected) == ("Server", same, [0], None)
    assert seen == "[2, 10]"
    assert result == ("[2, 10, 7]", tuple(address), False)
    assert type(early) is AssertionError
    assert type(wrong) is AuthenticationError
    assert type(unknown).__name__ == "RemoteError"
    assert type(gone) is ConnectionRefusedError


def make_list(manager, report):
    report(manager.list([1, 2])[:])


@claim("MG41")
@refuted(
    start_method=("spawn", "forkserver"),
    because="in CPython and PyPy a manager that was started holds a weak reference, not picklable",
)
def test_a_child_may_be_given_the_manager(ctx, start_method, reports, evidence):
    """A Manager can be given to a child, which makes shared objects by it.

    One would expect so, and under fork it works.  spawn and forkserver must pickle it: "TypeError:
    cannot pickle 'weakref.ReferenceType' object", or on PyPy the child ends with a TypeError and
    exit code 1.  Instead: make the objects in the parent, and hand over these.
    """
    with ctx.Manager() as manager:
        child = ctx.Process(target=make_list, args=(manager, reports.reporter))
        refusal = outcome(child.start)
        exit_codes = joined(child) if refusal is None else None
        made = reports.next() if exit_codes == [0] else None
    evidence(refusal=refusal, exit_codes=exit_codes, made=made)
    failed = isinstance(refusal, TypeError) if not PYPY else exit_codes == [1]
    control(failed or made == [1, 2], repr((refusal, exit_codes)))
    assert (exit_codes, made) == ([0], [1, 2])


class Gate:
    """An argument that is not unpickled before the test allows it."""

    def __init__(self, report):
        self.report = report

    def __reduce__(self):
        return pass_the_gate, (self.report,)


def pass_the_gate(report):
    report.hold("arriving")


def use_late(_, proxy, report):
    found = outcome(proxy.__getitem__, 0)
    report(found if isinstance(found, str) else type(found).__name__)


@claim("MG42")
@applies(
    start_method=("spawn", "forkserver"),
    because="under fork, which POSIX has, nothing is sent to the child",
)
@refuted(because="in CPython and PyPy a proxy counts only after it has arrived in the child")
def test_an_object_lives_while_its_proxy_is_sent(ctx, reports, evidence):
    """A managed object lives while a proxy of it is on its way to a child.

    One would expect so: start() has returned.  But a proxy is counted only once it has arrived.  If
    the parent drops its own before, as in `Process(target=f, args=(manager.list(),)).start()`, the
    object is deleted, and the child's call ends in "RemoteError: ... KeyError", now and then.
    Instead: keep the proxies in a variable until the children have ended.
    """
    with ctx.Manager() as manager:
        proxy = manager.list(["there"])
        arguments = (Gate(reports.reporter), proxy, reports.reporter)
        child = ctx.Process(target=use_late, args=arguments)
        del arguments
        child.start()
        events = [reports.next()]
        del proxy
        collect()
        reports.release()
        events.append(reports.next())
        exit_codes = joined(child)
    evidence(events=events)
    control((exit_codes, events[0]) == ([0], "arriving"), repr((exit_codes, events)))
    control(events[1] in ("there", "RemoteError"), repr(events))
    assert events[1] == "there"


def collect():
    gc.collect()


class Mortal:
    """An object that tells when it is gone."""

    def __init__(self, report):
        self.report = report

    def __del__(self):
        self.report("gone")

    def get(self):
        """Return that it is there."""
        return "there"


class Cemetery(BaseManager):
    """A manager of objects that can die."""


class Sexton:
    """An object that collects the garbage of the Manager's process."""

    def collect(self):
        """Collect."""
        for _ in range(3):
            gc.collect()


Cemetery.register("Mortal", Mortal)
Cemetery.register("Sexton", Sexton)


@claim("MG43")
def test_an_object_goes_with_its_last_proxy(reports, evidence):
    """A managed object is deleted when no proxy of it is left, and not before.

    In CPython without a GIL, and in PyPy, it may take until the next collection of garbage.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    with Cemetery(ctx=ctx) as manager:
        first, second = manager.Mortal(reports.reporter), manager.Mortal(reports.reporter)
        copy = pickle.loads(pickle.dumps(first))
        sexton = manager.Sexton()
        found = [first.get(), second.get()]
        del first
        collect()
        sexton.collect()
        found.append(copy.get())
        del copy
        collect()
        sexton.collect()
        found += [reports.next(), second.get()]
        del second
        collect()
        sexton.collect()
        found.append(reports.next())
    evidence(found=found)
    assert found == ["there", "there", "there", "gone", "there", "gone"]
