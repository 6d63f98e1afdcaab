"""The life of a Manager: its server process, from start() or get_server() to shutdown().

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.BaseManager
"""

import gc
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from multiprocessing.managers import BaseManager, SyncManager

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    LINUX,
    POSIX,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    joined,
    kinds,
    needs_posix,
    outcome,
    predicts,
    refuted,
    run_child,
)
from tests.library.multiprocessing.starting import needs_a_copy

#: Where the address of a Manager is by default neither a file nor below TMPDIR (gh-97514).
ABSTRACT = LINUX and before("3.10.9")
NO_FILE = "Linux: before 3.10.9 a Manager has an abstract socket, which is no file (gh-97514)"

#: What a Client gets where nobody listens any more, though the address was not removed.
NOBODY = "FileNotFoundError" if WINDOWS else "ConnectionRefusedError"

#: For what does not depend on how the processes were started.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def start(manager, *initializer):
    """Start the manager, and return its process."""
    before = multiprocessing.active_children()
    manager.start(*initializer)
    (server,) = set(multiprocessing.active_children()) - set(before)
    return server


def errors_of(*calls):
    """Return the names of the exceptions of the calls, without keeping the exceptions.

    An exception of a broken connection keeps the message's buffer in a cycle, and CPython complains
    when it collects that ("Existing exports of data").
    """
    return kinds([outcome(call) for call in calls])


class Shelf(BaseManager):
    """A manager of objects that answer from its process."""


#: What the initializer gave the server process.
given = []


def initialize(*values):
    given.extend(values)


class Answers:
    """An object that answers from the server process."""

    def given(self):
        """Return what the initializer gave, and the pid of the process."""
        return [*given, os.getpid()]


Shelf.register("Answers", Answers)


@claim("MANAGER36")
def test_a_manager_serves_from_a_process_of_its_own(ctx, evidence):
    """start() runs the initializer and the objects in a process of their own, until shutdown().

    An initializer that cannot be called is refused before anything is started: "TypeError:
    initializer must be a callable".
    """
    shelf = Shelf(ctx=ctx)
    refusal = outcome(shelf.start, ("first", 2))
    assert repr(evidence(refusal=refusal)) == "TypeError('initializer must be a callable')"
    server = start(shelf, initialize, ("first", 2))
    answers, alive = shelf.Answers().given(), server.is_alive()
    shelf.shutdown()
    assert evidence(answers=answers) == ["first", 2, server.pid]
    assert evidence(alive=(alive, server.is_alive())) == (True, False)
    assert server.name.startswith("Shelf-")


@claim("MANAGER36")
def test_a_manager_is_started_only_once(evidence):
    """A second start() or get_server() raises ProcessError; after shutdown() `with` does, too."""
    with Shelf(ctx=here) as shelf:
        while_it_serves = errors_of(shelf.start, shelf.get_server)
    afterwards = errors_of(shelf.start, shelf.get_server, shelf.__enter__)
    assert evidence(while_it_serves=while_it_serves) == ["ProcessError"] * 2
    assert evidence(afterwards=afterwards) == ["ProcessError"] * 3


@claim("MANAGER36")
def test_a_manager_is_joined_and_shut_down_again(background, evidence):
    """join() waits for the process to end, or for the given time; shutdown() can be repeated."""
    shelf = Shelf(ctx=here)
    server = start(shelf)
    begun = time.monotonic()
    background(shelf.join, GRACE).result()
    waited, alive = time.monotonic() - begun, server.is_alive()
    shelf.shutdown()
    shelf.shutdown()
    background(shelf.join).result()
    assert evidence(alive=(alive, server.is_alive())) == (True, False)
    assert evidence(waited=waited) > GRACE * 0.8  # clocks of some systems tick in 16 ms


@claim("MANAGER37")
@cases(error=(None, KeyError("x")))
def test_a_manager_is_a_context_manager(error, evidence):
    """`with` starts a manager that has not been started, and shuts it down, after an error too."""
    shelf, pids = Shelf(ctx=here), []

    def use():
        with shelf as entered:
            pids.extend(entered.Answers().given())
            if error:
                raise error

    assert evidence(error=outcome(use)) is error
    assert evidence(pids=pids) != [os.getpid()]
    assert not {child.pid for child in multiprocessing.active_children()} & {*pids}


@claim("MANAGER38")
@cases(method=("list", "dict", "Lock", "Namespace"))
def test_a_manager_serves_nothing_before_its_start(method, evidence):
    """A SyncManager that has not been started makes no objects: AssertionError.

    "AssertionError: server not yet started".  multiprocessing.Manager() returns a started one;
    of SyncManager() call start(), or use it in a `with` statement.
    """
    refusal = outcome(getattr(SyncManager(ctx=here), method))
    assert repr(evidence(refusal=refusal)) == "AssertionError('server not yet started')"


@claim("MANAGER39")
@refuted(
    where=before("3.14.0"),
    because="3.14 added set()",
    by="AttributeError: type object 'SyncManager' has no attribute 'set'",
)
def test_a_sync_manager_makes_sixteen_types(evidence):
    """SyncManager makes sixteen types of shared objects, set() among them.

    They are those of threading, queue.Queue (also as JoinableQueue), Pool, list, dict, set, Value,
    Array and Namespace.  Up to 3.13 there is no set().
    """
    of_threading = "Lock RLock Semaphore BoundedSemaphore Condition Event Barrier"
    others = "Queue JoinableQueue Pool Namespace Value Array list dict"
    names = set(dir(SyncManager)) - set(dir(BaseManager)) - {"set"}
    types = [name for name in names if not name.startswith("_")]  # pickling leaves __slotnames__
    assert evidence(types=sorted(types)) == sorted(f"{of_threading} {others}".split())
    assert callable(SyncManager.set)


@claim("MANAGER40")
@refuted(where=ABSTRACT, because=NO_FILE)
def test_a_proxy_is_useless_after_the_shutdown(ctx, background, evidence):
    """After shutdown() a proxy raises BrokenPipeError, or FileNotFoundError in a new thread.

    So does a child that goes on after the parent has left `with Manager()`, which shuts it down:
    join the children inside the block.  A thread that has used a proxy of the Manager has a
    connection, which is broken ("[Errno 32] Broken pipe"); another one does not even find the
    Manager's socket.  The Manager itself: AssertionError.  On Linux, before 3.10.9, it is
    ConnectionRefusedError in a new thread (gh-97514).
    """
    with ctx.Manager() as manager:
        used, unused = manager.list([1]), manager.list([2])
        used.append(2)
    assert evidence(here=errors_of(used.pop, used.pop, unused.pop)) == ["BrokenPipeError"] * 3
    new_thread = background(errors_of, used.pop).result()
    assert evidence(in_a_new_thread=new_thread) == ["FileNotFoundError"]
    assert evidence(manager=errors_of(manager.list)) == ["AssertionError"]
    assert evidence(text=str(used)).endswith("; '__str__()' failed>")


def what_it_began_with(call):
    """Return how the traceback of the call's error begins, without keeping the error."""
    began = outcome(call).__context__
    return f"{type(began).__name__}: {began}"


@claim("MANAGER41")
@predicts("H45")
def test_a_proxy_is_useless_when_its_server_is_killed(background, evidence):
    """When the Manager's process is killed, its proxies raise OSErrors, and what they held is lost.

    BrokenPipeError in a thread that has a connection, ConnectionRefusedError in others, or
    FileNotFoundError on Windows, and everywhere if the Manager has shut down (ASK76).  The
    traceback of the latter begins with "AttributeError: 'ForkAwareLocal' object has no attribute
    'connection'", which is only how a new thread finds out that it has none.  If the Manager ends
    during a call, conn.recv() raises EOFError in _callmethod of managers.py.  shutdown() returns
    all the same.  There is no restart: make a new Manager.
    """
    manager = SyncManager(ctx=here)
    server = start(manager)
    proxy = manager.list([1])
    proxy.append(2)
    server.kill()
    joined(server)
    new_thread = background(errors_of, proxy.pop).result()
    assert evidence(here=errors_of(proxy.pop, proxy.pop)) == ["BrokenPipeError"] * 2
    began_with = background(what_it_began_with, proxy.pop).result()
    assert evidence(in_a_new_thread=new_thread) == [NOBODY]
    assert evidence(traceback_begins=began_with).startswith("AttributeError: 'ForkAwareLocal' ")
    assert evidence(manager=errors_of(manager.list)) == [NOBODY]
    assert evidence(shutdown=background(manager.shutdown).result()) is None


@claim("MANAGER42")
@needs_posix
def test_a_manager_ignores_the_keyboard_interrupt(evidence):
    """Ctrl-C does not end a Manager's process, which ignores SIGINT: its proxies work on."""
    manager = SyncManager(ctx=here)
    server = start(manager)
    numbers = manager.list([1])
    for _ in range(3):
        os.kill(server.pid, signal.SIGINT)
        numbers.append(2)
    found, alive = numbers[:], server.is_alive()
    manager.shutdown()
    assert evidence(found=found, alive=alive) == ([1, 2, 2, 2], True)


def be_stubborn(ignore_term, report):
    if ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=report.hold).start()  # the process ends only after this thread


@claim("MANAGER43")
@cases(ignore_term=(False, True))
@refuted(
    where=before("3.11.0"),
    because="3.11 added the parameter shutdown_timeout",
    by="TypeError: BaseManager.__init__() got an unexpected keyword argument 'shutdown_timeout'",
)
def test_a_stubborn_manager_is_ended_after_the_timeout(ignore_term, reports, background, evidence):
    """shutdown_timeout= says after how long shutdown() terminates, and then kills, the process.

    Up to 3.10: "TypeError: BaseManager.__init__() got an unexpected keyword argument
    'shutdown_timeout'"; there it is one second, and shutdown() never kills.
    """
    manager = SyncManager(ctx=here, shutdown_timeout=0.05)
    server = start(manager, be_stubborn, (ignore_term, reports.reporter))
    reports.next()
    background(manager.shutdown).result()
    reports.release()
    ended_by = signal.SIGKILL if ignore_term and not WINDOWS else signal.SIGTERM
    assert evidence(exit_codes=joined(server)) == [-ended_by]


@claim("MANAGER44")
@applies(where=POSIX, because="Windows has named pipes")
@refuted(where=ABSTRACT, because=NO_FILE)
def test_a_managers_address_is_a_socket_in_a_temporary_folder(evidence):
    r"""The default address of a Manager is a socket in a folder pymp-*; others can be given.

    On Linux, before 3.10.9, it is an abstract socket "\0listener-..." (gh-97514).
    """
    with SyncManager(ctx=here) as manager:
        address = manager.address
        there = outcome(os.path.exists, address)
    assert evidence(there=there) is True
    assert os.path.basename(os.path.dirname(evidence(address=address))).startswith("pymp-")


@claim("MANAGER44")
def test_a_manager_can_be_given_a_port(evidence):
    """A Manager with the address ("127.0.0.1", 0) has a free port; its proxies may be nested."""
    with SyncManager(("127.0.0.1", 0), ctx=here) as manager:
        host, port = evidence(address=manager.address)
        nested = manager.list([manager.list([1])])[0][:]
    assert (host, port > 0, nested) == ("127.0.0.1", True, [1])


TIDY = """
import multiprocessing, os, tempfile
if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        print(os.listdir(tempfile.gettempdir()) != [])
"""


@claim("MANAGER44")
@applies(where=POSIX, because="Windows has named pipes")
@refuted(where=ABSTRACT, because=NO_FILE)
def test_the_folder_of_a_manager_is_removed(programs, evidence):
    """The folder pymp-* of a program's Managers is removed at its end, and only a crash leaves it.

    Folders of that name in /tmp are left from processes that were killed, or left by os._exit().
    """
    with tempfile.TemporaryDirectory() as folder:
        program = programs.run(TIDY, environ={"TMPDIR": folder})
        left = os.listdir(folder)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    assert evidence(there_meanwhile=program.lines, left=left) == (["True"], [])


LONG_FOLDER = """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        print(manager.list([1]), str(manager.address).count("x") > 90)
"""


@claim("MANAGER45")
@predicts("RC38")
@refuted(
    where=POSIX and before("3.13.6", "3.14.0") and not ABSTRACT,
    because="3.13.6 and 3.14 go to /tmp where the path would be too long (gh-132124)",
)
def test_a_manager_works_with_a_long_temporary_folder(programs, tmp_path, evidence):
    """multiprocessing.Manager() works when the path of the temporary folder is long.

    The path of a socket has at most 107 bytes (103 on macOS).  Up to 3.13.5 the Manager's process
    ends with "OSError: AF_UNIX path too long", and the caller with EOFError; since 3.13.6 and 3.14
    the socket then is in /tmp (gh-132124), but for some lengths from 76 to 80 bytes (START17).
    Instead, use a short TMPDIR, or address=("127.0.0.1", 0).  Windows has named pipes, and Linux
    before 3.10.9 abstract sockets, without such a limit.
    """
    long = tmp_path / ("x" * 100)
    long.mkdir()
    program = programs.run(LONG_FOLDER, environ={"TMPDIR": str(long)})
    evidence(errors=[line for line in program.err.splitlines() if "Error" in line])
    assert "AF_UNIX path too long" not in program.err
    assert evidence(list_and_long_address=program.lines) == ["[1] False"]


KEY = b"the key"


class Library(BaseManager):
    """A manager that serves one list to unrelated processes."""


class Reader(BaseManager):
    """A manager of the same objects, at the other end."""


Reader.register("numbers")
Reader.register("unknown")


def serve(report):
    """Serve a list until the process is terminated."""
    numbers = [1, 2]
    Library.register("numbers", callable=lambda: numbers)
    server = Library(("127.0.0.1", 0), authkey=KEY).get_server()
    report(server.address)
    server.serve_forever()


@contextmanager
def server(reports):
    """The address at which another process serves a list."""
    child = here.Process(target=serve, args=(reports.reporter,))
    child.start()
    yield tuple(reports.next())
    child.terminate()
    joined(child)


def connected(address):
    """A manager that is connected to the server at this address."""
    reader = Reader(address, KEY)
    reader.connect()
    return reader


def append_from_elsewhere(address):
    connected(address).numbers().append(3)


@claim("MANAGER46")
def test_unrelated_processes_connect_by_address(reports, evidence):
    """Any process can connect() to what get_server().serve_forever() serves, with the same key.

    So two Python scripts can communicate.  A manager that has connected cannot end the server: it
    has no shutdown().
    """
    with server(reports) as address:
        run_child(here, append_from_elsewhere, address)
        reader = connected(address)
        assert evidence(found=str(reader.numbers())) == "[1, 2, 3]"
    assert evidence(address=reader.address) == address
    assert evidence(has_shutdown=hasattr(reader, "shutdown")) is False


@claim("MANAGER46")
def test_a_manager_reaches_nothing_before_it_connects(reports, evidence):
    """Before connect() a method of the manager raises AssertionError: server not yet started."""
    with server(reports) as address:
        error = outcome(Reader(address, KEY).numbers)
    assert repr(evidence(error=error)) == "AssertionError('server not yet started')"


@claim("MANAGER46")
def test_a_name_that_the_server_does_not_know_is_an_error(reports, evidence):
    """A method that only the connecting manager has registered raises RemoteError: KeyError."""
    with server(reports) as address:
        error = outcome(connected(address).unknown)
    assert kinds([error]) == ["RemoteError"]
    assert "KeyError: 'unknown'" in evidence(text=str(error))


@claim("MANAGER46")
def test_a_server_refuses_another_key(reports, evidence):
    """connect() with another authkey raises AuthenticationError."""
    with server(reports) as address:
        error = outcome(Reader(address, b"another key").connect)
    assert kinds([evidence(error=error)]) == ["AuthenticationError"]


@claim("MANAGER46")
def test_nobody_connects_to_a_server_that_has_ended(reports, evidence):
    """connect() raises ConnectionRefusedError when the process that serves has ended."""
    with server(reports) as address:
        pass
    error = outcome(Reader(address, KEY).connect)
    assert kinds([evidence(error=error)]) == ["ConnectionRefusedError"]


def read_numbers(numbers, report):
    report(numbers[:])


@claim("MANAGER46")
def test_a_proxy_takes_its_key_to_a_child(ctx, reports, evidence):
    """A proxy that a Process is given works there, also if its manager has a key of its own.

    By every other way it comes without the key.  Where current_process().authkey is another one, it
    cannot be received from a Queue, or from a pickle: "AuthenticationError: digest sent was
    rejected".  Set current_process().authkey there, or give the proxy to the Process.
    """
    with SyncManager(authkey=KEY, ctx=ctx) as manager:
        numbers = manager.list([1, 2])
        child = ctx.Process(target=read_numbers, args=(numbers, reports.reporter))
        child.start()
        assert evidence(exit_codes=joined(child)) == [0]
        assert evidence(child_reads=reports.next()) == [1, 2]
        refusal = outcome(pickle.loads, pickle.dumps(numbers))
    assert repr(evidence(refusal=refusal)) == "AuthenticationError('digest sent was rejected')"


def make_list(manager, report):
    report(manager.list([1, 2])[:])


NOT_PICKLABLE = "in CPython and PyPy a manager that was started has a weak reference, not picklable"


@claim("MANAGER47")
@refuted(
    where=not PYPY,
    start_method=("spawn", "forkserver"),
    because=NOT_PICKLABLE,
    by="TypeError: cannot pickle 'weakref.ReferenceType' object",
)
@refuted(where=PYPY, start_method=("spawn", "forkserver"), because=NOT_PICKLABLE)
def test_a_child_may_be_given_the_manager(ctx, reports, evidence):
    """A Manager can be given to a child, which makes shared objects by it.

    Under fork it works.  spawn and forkserver must pickle the Manager: "TypeError: cannot pickle
    'weakref.ReferenceType' object", or on PyPy the child ends with a TypeError and exit code 1.
    Instead, make the objects in the parent, and hand over these.
    """
    with ctx.Manager() as manager:
        child = ctx.Process(target=make_list, args=(manager, reports.reporter))
        child.start()
        assert evidence(exit_codes=joined(child)) == [0]
        assert evidence(made=reports.next()) == [1, 2]


class Gate:
    """An argument that is not unpickled before the test allows it."""

    def __init__(self, report):
        self.report = report

    def __reduce__(self):
        return pass_the_gate, (self.report,)


def pass_the_gate(report):
    report.hold("arriving")


def use_late(_, proxy, report):
    report(kinds([outcome(proxy.pop)]))


@claim("MANAGER48")
@applies(
    start_method=("spawn", "forkserver"),
    because="under fork, which POSIX has, nothing is sent to the child",
)
@refuted(because="in CPython and PyPy a proxy counts only after it has arrived in the child")
def test_an_object_lives_while_its_proxy_is_sent(ctx, reports, evidence):
    """A managed object lives while a proxy of it is on its way to a child.

    You might expect it to, since start() has returned.  In fact a proxy counts only once it has
    arrived, and under spawn not even then (MANAGER49).  If the parent drops its own before, as in
    `Process(target=f, args=(manager.list(),)).start()`, the object is deleted, and the child's call
    ends now and then, under spawn always, in a RemoteError, whose text ends with a KeyError.
    Instead, keep the proxies in a variable until the children have ended.
    """
    with ctx.Manager() as manager:
        proxy = manager.list(["there"])
        arguments = (Gate(reports.reporter), proxy, reports.reporter)
        child = ctx.Process(target=use_late, args=arguments)
        child.start()
        control(reports.next() == "arriving", "the proxy has been sent and has not arrived")
        del proxy, arguments
        gc.collect()
        reports.release()
        got = reports.next()
        control(joined(child) == [0], "the child ends well")
    assert evidence(child_gets=got) == ["str"]


class Mortal:
    """An object that reports when it is gone."""

    def __init__(self, report):
        self.report = report

    def __del__(self):
        self.report("gone")

    def collect(self):
        """Collect the garbage of the Manager's process."""
        for _ in range(3):
            gc.collect()
        return "there"


class Cemetery(BaseManager):
    """A manager of objects that can die."""


Cemetery.register("Mortal", Mortal)


@claim("MANAGER49")
def test_an_object_goes_with_its_last_proxy(reports, evidence):
    """A managed object is deleted when no proxy of it is left, and not before.

    In CPython without a GIL, and in PyPy, it may take until the next collection of garbage.
    """
    with Cemetery(ctx=here) as cemetery:
        first, other = cemetery.Mortal(reports.reporter), cemetery.Mortal(reports.reporter)
        second = pickle.loads(pickle.dumps(first))
        del first
        gc.collect()
        with_one_left = second.collect()
        del second
        gc.collect()
        other.collect()
        assert evidence(one_left=with_one_left, none_left=reports.next()) == ("there", "gone")


def use_when_released(proxy, report):
    report.hold("arrived")
    report(kinds([outcome(proxy.pop)]))


@claim("MANAGER49")
@refuted(
    start_method="spawn",
    because="in CPython and PyPy a proxy that a child of spawn is given is never counted",
)
def test_a_proxy_in_a_child_counts(ctx, reports, evidence):
    """A managed object lives while a child has a proxy of it, after the parent has dropped its own.

    Under spawn, so by default on Windows and macOS, it does not: the arguments of a Process are not
    counted there, and once the parent has dropped its proxy the child's calls end in a RemoteError,
    whose text ends with a KeyError.  Keep the proxies in the parent until the children have ended.
    What a child gets later, from a Queue, does count.
    """
    with ctx.Manager() as manager:
        proxy = manager.list(["there"])
        child = ctx.Process(target=use_when_released, args=(proxy, reports.reporter))
        child.start()
        control(reports.next() == "arrived", "the child has its proxy")
        del proxy
        gc.collect()
        reports.release()
        got = reports.next()
        control(joined(child) == [0], "the child ends well")
    assert evidence(child_gets=got) == ["str"]


def make_numbers():
    return [1, 2]


make_numbers_without_a_name = lambda: [1, 2]  # noqa: E731 - a lambda is the subject


class Numbers(BaseManager):
    """A manager of a list that a function makes."""


class ByLambda(BaseManager):
    """A manager of a list that a lambda makes."""


Numbers.register("numbers", make_numbers)
ByLambda.register("numbers", make_numbers_without_a_name)


def with_a_local_class():
    class Local(Numbers):
        pass

    return Local(ctx=here), ()


@claim("MANAGER52")
@concerns("lambda of a manager")
@predicts("H13")
@cases(
    pickled={
        "a lambda in register()": lambda: (ByLambda(ctx=here), ()),
        "a local class": with_a_local_class,
        "a lambda for start()": lambda: (Numbers(ctx=here), (lambda: None,)),
    }
)
@needs_a_copy
def test_a_manager_may_have_what_cannot_be_pickled(pickled, evidence):
    """By default a manager starts with a lambda in register() or start(), or with a local class.

    From 3.14 on, on macOS since 3.8, and on Windows, start() must pickle what is registered, the
    manager's class and the initializer: "PicklingError: Can't pickle ...", or AttributeError before
    3.14.  So register("get_queue", callable=lambda: queue), as the documentation has it, fails
    there.  Instead, write functions with "def", and classes, at the top of a module.
    """
    numbers, initializer = pickled()
    refusal = outcome(numbers.start, *initializer)
    evidence(refusal=f"{type(refusal).__name__}: {refusal}".partition(" at 0x")[0])
    assert refusal is None
    found = str(numbers.numbers())
    numbers.shutdown()
    assert evidence(found=found) == "[1, 2]"


CLASS_UNDER_THE_GUARD = """
from multiprocessing.managers import BaseManager

if __name__ == "__main__":
    class Shelf(BaseManager):
        pass

    try:
        with Shelf():
            print("it serves")
    except EOFError as error:
        print(repr(error))
"""


@claim("MANAGER53")
@predicts("H13")
@needs_a_copy
def test_a_managers_class_may_be_under_the_guard(programs, evidence):
    """By default a manager's class may be defined below `if __name__ == "__main__":`.

    From 3.14 on, on macOS since 3.8, and on Windows, the manager's process imports the program
    without that part.  It ends with "AttributeError: module '__mp_main__' has no attribute 'Shelf'"
    or the like on standard error, and start() with an EOFError, which has no text.  Instead, define
    the class above the guard.
    """
    program = programs.run(CLASS_UNDER_THE_GUARD)
    evidence(on_standard_error=[line for line in program.err.splitlines() if "Error" in line])
    assert evidence(printed=program.lines) == ["it serves"]


class Speaker:
    """An object that answers, or refuses to."""

    def answer(self, *words):
        """Return the words."""
        return {"words": words, "nothing": None}

    def refuse(self):
        """Raise an exception."""
        raise ValueError("no")


Shelf.register("Speaker", Speaker)


@claim("MANAGER54")
@cases(method=("answer", "refuse"))
@refuted(
    method="refuse",
    because="CPython and PyPy: XML-RPC makes a dict of an exception, and that cannot be raised",
    by="AssertionError: assert ['TypeError']",
)
def test_a_manager_may_speak_xml(method, evidence):
    """A manager with serializer="xmlrpclib" gives what its objects return, and what they raise.

    It gives what they return, if XML-RPC has such a type: numbers, strings, lists, dicts, None; a
    tuple becomes a list.  But whatever they raise is "TypeError: exceptions must derive from
    BaseException" where you called the method, and says nothing of the error.  Instead: let the
    methods return their errors, such as str(error), or leave the default, serializer="pickle".
    """
    with Shelf(ctx=here, serializer="xmlrpclib") as shelf:
        speaker = shelf.Speaker()
        if method == "answer":
            answered = evidence(answered=speaker.answer(1, 2.5, "three"))
            assert answered == {"words": [1, 2.5, "three"], "nothing": None}
        else:
            assert kinds([evidence(raised=outcome(speaker.refuse))]) == ["ValueError"]
