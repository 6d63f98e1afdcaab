"""Contexts and start methods: which there are, which is the default, and what fixes it.

The default start method is one setting of a whole program, so that whatever changes it runs in a
fresh interpreter.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import logging
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import context, process, util

from tests.harness import (
    FORK,
    LINUX,
    MACOS,
    PATIENCE,
    POSIX,
    WEBASSEMBLY,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    joined,
    needs_fork,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.multiprocessing.starting import (
    CLASSES,
    FORKS_BY_DEFAULT,
    METHODS,
    SERVES_BY_DEFAULT,
    SPAWNS_BY_DEFAULT,
    end_of,
    needs_a_copy,
)

DEFAULT = "fork" if FORKS_BY_DEFAULT else "spawn" if SPAWNS_BY_DEFAULT else "forkserver"


def default_method():
    """Return the default start method, and the classes of its context and processes."""
    chosen = multiprocessing.get_context()
    return chosen.get_start_method(), type(chosen).__name__, chosen.Process.__name__


@claim("START01")
@concerns("start method compared", "fork for macOS alone")
@needs_a_copy
def test_processes_are_forked_by_default(programs, evidence):
    """The default start method is fork.

    It was so on Linux from the beginning.  So multiprocessing code that worked with fork in 3.13
    breaks on Linux after the upgrade to 3.14, often by an AttributeError in a worker: globals,
    arguments and the `if __name__ == "__main__"` guard (ASK28, ASK35, MAIN11).  3.14 changed the
    default start method of multiprocessing to forkserver, since forking a process with threads may
    deadlock (gh-84559, "What's New In Python 3.14"); macOS spawns since 3.8 (bpo-33725), Windows,
    which has no fork, always.  Other implementations follow their version: PyPy 3.11 forks.  So
    what works on Linux up to 3.13 may fail or hang on a Mac.  Instead, for what needs a copy of the
    parent: multiprocessing.get_context("fork"), or set_start_method("fork") in the main module.
    The difference between fork and spawn (fork vs spawn vs forkserver): fork copies the parent,
    with all its variables; spawn starts a fresh interpreter, which imports the main module again;
    forkserver forks such a fresh one.
    """
    chosen = programs.once(default_method)
    assert evidence(method_context_process=chosen) == ("fork", "ForkContext", "ForkProcess")


@claim("START02")
@predicts("RC54")
@applies(where=MACOS, because="macOS alone: its frameworks refuse to be forked")
def test_macos_spawns_since_forked_children_crash(programs, evidence):
    """On macOS the default start method is spawn: forked children may not use its frameworks.

    A forked child that does is killed: "+[__NSCFConstantString initialize] may have been in
    progress in another thread when fork() was called" (bpo-33725, since 3.8).  Other libraries
    that fork by themselves are still hit.  CUDA refuses a forked child on every system: "Cannot
    re-initialize CUDA in forked subprocess", says PyTorch, and wants the start method spawn.
    """
    chosen = programs.once(default_method)
    assert evidence(method_context_process=chosen) == ("spawn", "SpawnContext", "SpawnProcess")


@claim("START03")
@refuted(where=WEBASSEMBLY, because="WebAssembly lists three start methods, and has none")
def test_the_default_method_is_listed_first(programs, evidence):
    """get_all_start_methods() lists what the platform has, the default first.

    Code that takes the last for the best, or compares the list, sees another order from 3.14 on
    Linux: ['forkserver', 'fork', 'spawn'] in place of ['fork', 'spawn', 'forkserver'].  On macOS it
    is ['spawn', 'fork', 'forkserver'], on Windows ['spawn'].
    """
    methods = evidence(methods=multiprocessing.get_all_start_methods())
    assert methods == [DEFAULT, *(method for method in METHODS if method != DEFAULT)]
    assert methods[0] == programs.once(default_method)[0]


def ask_for_the_method():
    multiprocessing.get_all_start_methods()
    first = multiprocessing.get_start_method(allow_none=True)
    return first, multiprocessing.get_start_method(), multiprocessing.get_start_method(True)


@claim("START04")
def test_the_default_method_is_none_before_its_first_use(programs, evidence):
    """get_start_method(allow_none=True) is None until something fixes the default start method.

    get_start_method() itself fixes it; get_all_start_methods() does not.
    """
    first, method, then = programs.call(ask_for_the_method)
    assert evidence(first=first, method=method, then=then) == (None, DEFAULT, DEFAULT)


def set_methods():
    multiprocessing.set_start_method("spawn")
    errors = [repr(outcome(multiprocessing.set_start_method, method)) for method in METHODS]
    return errors, multiprocessing.get_start_method()


@claim("START05")
def test_the_start_method_is_set_once(programs, evidence):
    """set_start_method() sets the default once; again is a RuntimeError unless force=True.

    "RuntimeError: context has already been set": often a library has used multiprocessing before,
    or the call is not under the __main__ guard.  Instead, in a library: get_context().
    """
    errors, method = programs.call(set_methods)
    refusal = repr(RuntimeError("context has already been set"))
    assert evidence(errors=errors, method=method) == ([refusal] * len(METHODS), "spawn")


def force_methods():
    seen = []
    for method in METHODS:
        multiprocessing.set_start_method(method, force=True)
        seen.append(default_method())
    multiprocessing.set_start_method(None, force=True)
    return seen, multiprocessing.get_start_method(allow_none=True)


@claim("START05")
def test_the_start_method_can_be_forced(programs, evidence):
    """With force=True set_start_method() changes the default, and None leaves it open again."""
    seen, reset = programs.call(force_methods)
    classes = [(m, f"{CLASSES[m]}Context", f"{CLASSES[m]}Process") for m in METHODS]
    assert evidence(seen=seen, reset=reset) == (classes, None)


def set_an_unknown_method():
    functions = (multiprocessing.set_start_method, multiprocessing.get_context)
    errors = [repr(outcome(function, "no such method")) for function in functions]
    return errors, multiprocessing.get_start_method(allow_none=True)


@claim("START05")
def test_an_unknown_start_method_sets_nothing(programs, evidence):
    """An unknown name of a start method is a ValueError and sets nothing.

    "ValueError: cannot find context for '...'".  On Windows fork and forkserver are such names.
    """
    errors, method = programs.call(set_an_unknown_method)
    refusal = repr(ValueError("cannot find context for 'no such method'"))
    assert evidence(errors=errors, method=method) == ([refusal] * 2, None)


def method_here():
    return multiprocessing.get_start_method(allow_none=True)


def tell(sending):
    sending.send(method_here())


def use_method(method):
    """Set the method; return what children of Process and of an executor say that they have."""
    multiprocessing.set_start_method(method)
    receiving, sending = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=tell, args=(sending,))
    child.start()
    of_process = receiving.recv()
    joined(child)
    with ProcessPoolExecutor(1) as executor:
        return of_process, executor.submit(method_here).result(PATIENCE)


@claim("START06")
def test_a_set_method_holds_for_the_whole_program(start_method, programs, evidence):
    """set_start_method() is for the whole program: Process and ProcessPoolExecutor follow it.

    So a library that calls it changes the start method of everybody else.
    """
    of_process, of_executor = programs.call(use_method, start_method)
    assert evidence(process=of_process, executor=of_executor) == (start_method, start_method)


def try_to_set(report):
    method = multiprocessing.get_start_method(allow_none=True)
    chosen = multiprocessing.get_context().get_start_method()
    report((method, chosen, repr(outcome(multiprocessing.set_start_method, method))))


@claim("START07")
def test_a_childs_default_is_its_own_start_method(ctx, start_method, reports, evidence):
    """In a child the default start method is the one by which the child was started.

    It is set already there, so that set_start_method() in a child raises RuntimeError.
    It says "RuntimeError: context has already been set".
    """
    child = ctx.Process(target=try_to_set, args=(reports.reporter,))
    child.start()
    told = evidence(told=reports.next())
    assert joined(child) == [0]
    refusal = repr(RuntimeError("context has already been set"))
    assert told == (start_method, start_method, refusal)


@claim("START08")
def test_a_concrete_context_refuses_another_method(ctx, start_method, evidence):
    """A context of one start method refuses set_start_method() by ValueError, forced or not.

    get_start_method() is its own, get_context() itself, get_context(name) the one of that name.
    The refusal is "ValueError: cannot set start method of concrete context".
    """
    refusals = [outcome(ctx.set_start_method, "spawn", force) for force in (False, True)]
    refusal = ValueError("cannot set start method of concrete context")
    assert repr(evidence(refusals=refusals)) == repr([refusal, refusal])
    assert (ctx.get_start_method(), ctx.get_start_method(True)) == (start_method, start_method)
    assert ctx.get_context() is ctx
    assert [ctx.get_context(method).get_start_method() for method in METHODS] == [*METHODS]
    assert type(outcome(ctx.get_context, "no such method")) is ValueError


@claim("START09")
def test_a_context_has_classes_of_its_method(ctx, start_method, evidence):
    """multiprocessing.context has a context and a process class for each start method.

    get_context() returns the same context each time.  All derive from BaseContext, the default
    one, a DefaultContext, too; all processes from multiprocessing.process.BaseProcess.
    """
    kind, made = CLASSES[start_method], ctx.Process(name="made")
    assert evidence(context=type(ctx)) is getattr(context, f"{kind}Context")
    assert evidence(process=type(made)) is getattr(context, f"{kind}Process")
    assert ctx is multiprocessing.get_context(start_method)
    contexts = {id(multiprocessing.get_context(method)) for method in METHODS}
    assert len(contexts) == len(METHODS)
    assert multiprocessing.Process is context.Process
    assert all(issubclass(c, context.BaseContext) for c in (type(ctx), context.DefaultContext))
    assert all(issubclass(c, process.BaseProcess) for c in (type(made), context.Process))


FUNCTIONS = ("current_process", "parent_process", "active_children")
ERRORS = ("ProcessError", "BufferTooShort", "TimeoutError", "AuthenticationError")


@claim("START10")
def test_a_context_offers_what_the_module_offers(ctx, evidence):
    """A context has the names of the module, but get_all_start_methods(), with the same meaning.

    current_process() and its like are the very functions, the exceptions the very classes;
    cpu_count() and get_logger() return the same.
    """
    names = set(multiprocessing.__all__) - {"get_all_start_methods"}
    assert evidence(missing=[name for name in names if not hasattr(ctx, name)]) == []
    for name in (*FUNCTIONS, *ERRORS):
        assert getattr(ctx, name) is getattr(multiprocessing, name), name
    assert (ctx.current_process().name, ctx.parent_process()) == ("MainProcess", None)
    assert ctx.active_children() == multiprocessing.active_children()
    assert ctx.cpu_count() == multiprocessing.cpu_count() == os.cpu_count()
    assert ctx.get_logger() is multiprocessing.get_logger() is logging.getLogger("multiprocessing")


#: What fixes the default start method, and what does not.
FIXING = {
    "get_context": lambda: multiprocessing.get_context(),
    "Lock": lambda: multiprocessing.Lock(),
    "Event": lambda: multiprocessing.Event(),
    "Value": lambda: multiprocessing.Value("i"),
    "Queue": lambda: multiprocessing.Queue(),
    "start": lambda: start_one(),
    "executor": lambda: ProcessPoolExecutor(1).shutdown(),
}
NOT_FIXING = {
    "get_context('spawn')": lambda: multiprocessing.get_context("spawn"),
    "Process": lambda: multiprocessing.Process(),
    "Pipe": lambda: multiprocessing.Pipe(),
    "RawValue": lambda: multiprocessing.RawValue("i"),
    "cpu_count": lambda: multiprocessing.cpu_count(),
    "active_children": lambda: multiprocessing.active_children(),
    "get_logger": lambda: multiprocessing.get_logger(),
    "allow_connection_pickling": lambda: multiprocessing.allow_connection_pickling(),
    "set_executable": lambda: multiprocessing.set_executable(sys.executable),
    "set_forkserver_preload": lambda: multiprocessing.set_forkserver_preload([]),
    "get_all_start_methods": lambda: multiprocessing.get_all_start_methods(),
}


def nothing():
    """Do nothing, in a child."""


def start_one():
    child = multiprocessing.Process(target=nothing)
    child.start()
    joined(child)


def methods_fixed():
    """Return the start method that is fixed after each of these, by name."""
    fixed, kept = {}, []
    for name, call in {**FIXING, **NOT_FIXING}.items():
        multiprocessing.set_start_method(None, force=True)
        kept.append(call())
        fixed[name] = multiprocessing.get_start_method(allow_none=True)
    return fixed


@claim("START11")
@cases(name=tuple(FIXING))
def test_locks_and_queues_fix_the_default_method(name, programs, evidence):
    """Making a Lock or a Queue fixes the default start method, as starting a process does.

    A module that makes one at import keeps the program from calling set_start_method() later, which
    raises RuntimeError (START05).
    """
    assert evidence(method=programs.once(methods_fixed)[name]) == DEFAULT


@claim("START11")
@cases(name=tuple(NOT_FIXING))
def test_pipes_and_unstarted_processes_leave_it_open(name, programs, evidence):
    """Pipe(), Process() and get_context("spawn") do not fix the default start method."""
    assert evidence(method=programs.once(methods_fixed)[name]) is None


def method_after_start(method):
    """Start a process of a method's context; return the default, and what setting it raises."""
    child = multiprocessing.get_context(method).Process(target=nothing)
    child.start()
    control(joined(child) == [0], "the child ends well")
    fixed = multiprocessing.get_start_method(allow_none=True)
    return fixed, repr(outcome(multiprocessing.set_start_method, method))


@claim("START26")
@cases(method=[method for method in METHODS if method != "fork"])
@predicts("N90")
@refuted(
    where=before("3.13.12", "3.14.3"),
    because="3.13.12 and 3.14.3 no longer ask for the default to tell the child (gh-109263)",
)
def test_a_contexts_process_leaves_the_default_open(method, programs, evidence):
    """Starting a process of get_context("spawn") leaves the default start method open.

    A library that does so is to leave the choice to the program.  Before 3.13.12 and 3.14.3 the
    start of a spawn or forkserver process fixes the default, as fork for example, and a later
    set_start_method() raises "RuntimeError: context has already been set" (gh-109263).  Instead:
    call set_start_method() before anything else, or with force=True.
    """
    told = evidence(default_and_setting_it=programs.call(method_after_start, method))
    assert tuple(told) == (None, "None")


def take(lock, report):
    with lock:
        report("taken")


@claim("START12")
@needs_fork
@refuted(
    where=before("3.11.5"),
    because="before 3.11.5 nothing checks it, and the child crashes (gh-77377)",
)
def test_a_forks_lock_is_refused_by_spawn(reports, evidence):
    """A Lock of the fork context, given to a spawned process, is a RuntimeError out of start().

    "RuntimeError: A SemLock created in a fork context is being shared with a process in a spawn
    context. This is not supported. ..." (gh-77377).  Before 3.11.5 start() returns and the child
    dies of SIGSEGV, by the exit code -11.  Instead: make locks and queues of the context of the
    process.
    """
    lock = multiprocessing.get_context("fork").Lock()
    child = multiprocessing.get_context("spawn").Process(target=take, args=(lock, reports.reporter))
    refusal = outcome(child.start)
    codes = joined(child) if refusal is None else []
    assert type(evidence(refusal=refusal, exit_codes=codes)[0]) is RuntimeError


@claim("START13")
@refuted(
    where=FORKS_BY_DEFAULT and since("3.11.5"),
    because="up to 3.13 the default context is fork's, whose locks only fork takes (gh-77377)",
    by="RuntimeError: A SemLock created in a fork context",
)
@refuted(
    where=FORKS_BY_DEFAULT and before("3.11.5"),
    because="before 3.11.5 nothing checks it, and the child crashes (gh-77377)",
)
def test_a_default_lock_can_be_given_to_spawn(reports, evidence):
    """A multiprocessing.Lock() can be given to a process of get_context("spawn").

    Up to 3.13 it is fork's on Linux, and start() raises "RuntimeError: A SemLock created in a fork
    context is being shared with a process in a spawn context. ..." (before 3.11.5 the child
    crashes, gh-77377).  From 3.14 it is the fork server's, which is passed in the same way as
    spawn's.  Code that is written on 3.14, or on macOS or Windows, thus fails on 3.13 on Linux.
    """
    lock = multiprocessing.Lock()
    child = multiprocessing.get_context("spawn").Process(target=take, args=(lock, reports.reporter))
    child.start()
    assert evidence(codes=joined(child)) == [0]
    assert reports.next() == "taken"


def try_to_take_and_take(lock, report):
    report(lock.acquire(False))
    take(lock, report)


@claim("START14")
@needs_fork
@cases(
    made_in={
        "spawn's in fork": ("spawn", "fork"),
        "forkserver's in fork": ("forkserver", "fork"),
        "spawn's in forkserver": ("spawn", "forkserver"),
        "forkserver's in spawn": ("forkserver", "spawn"),
    }
)
def test_locks_of_other_contexts_work_under_fork(made_in, reports, evidence):
    """A Lock of the spawn or forkserver context works in a forked process, and in each other's."""
    maker, taker = map(multiprocessing.get_context, made_in)
    lock = maker.Lock()
    child = taker.Process(target=try_to_take_and_take, args=(lock, reports.reporter))
    with lock:
        child.start()
        while_it_is_held = reports.next()
    told = evidence(got_while_it_is_held=while_it_is_held, then=reports.next())
    assert (*told, joined(child)) == (False, "taken", [0])


def put_three(queue):
    for letter in "abc":
        queue.put(letter)


@claim("START15")
@needs_fork
def test_a_spawn_contexts_queue_works_under_fork(evidence):
    """A Queue of the spawn context works in a forked process: the parent gets what it puts."""
    queue = multiprocessing.get_context("spawn").Queue()
    child = multiprocessing.get_context("fork").Process(target=put_three, args=(queue,))
    child.start()
    got = [queue.get(timeout=PATIENCE) for _ in range(3)]
    assert joined(child) == [0]
    queue.close()
    queue.join_thread()
    assert evidence(got=got) == ["a", "b", "c"]


def hand_on(lock, method, report):
    """Start a process of one's own with the lock, and tell its exit code."""
    child = multiprocessing.get_context(method).Process(target=take, args=(lock, report))
    child.start()
    report(joined(child))


@claim("START27")
@predicts("N184")
@cases(method=[method for method in METHODS if method != "fork"])
@refuted(
    where=since("3.11.5") and before("3.11.6"),
    because="3.11.5 forgets in a child whether the lock is fork's (gh-108520)",
)
def test_a_lock_can_be_given_on_to_a_grandchild(method, reports, evidence):
    """A process can give the Lock that it was given to a process of its own: nested children.

    The same holds for queues and events, and a spawned child may have a pool of its own.  In 3.11.5
    alone start() in the child raises an AttributeError, for want of the attribute 'is_fork_ctx'
    (gh-108520).  Instead: use 3.11.6.
    """
    own = multiprocessing.get_context(method)
    lock = own.Lock()
    child = own.Process(target=hand_on, args=(lock, method, reports.reporter))
    child.start()
    codes = joined(child)
    assert evidence(codes=codes) == [0]
    assert evidence(told=[reports.next(), reports.next()]) == ["taken", [0]]


@claim("START28")
@refuted(because="each context has a process class of its own, of BaseProcess (bpo-18999)")
def test_a_contexts_process_is_a_process(ctx, evidence):
    """A process of a context is a multiprocessing.Process: isinstance(process, Process) is True.

    get_context("fork").Process() is a ForkProcess, and so are the workers of a Pool and an
    executor, which active_children() lists too: isinstance(child, multiprocessing.Process) is False
    for them, and code that looks for processes in this way misses them.  Only
    multiprocessing.Process() itself makes one, or a subclass of it.  Instead: isinstance(child,
    multiprocessing.process.BaseProcess).
    """
    made = ctx.Process()
    control(isinstance(made, process.BaseProcess), "it is a BaseProcess")
    control(isinstance(multiprocessing.Process(), multiprocessing.Process), "what Process() makes")
    assert evidence(type=type(made).__name__, is_one=isinstance(made, multiprocessing.Process))[1]


@claim("START16")
@predicts("RC55")
@refuted(where=not FORK, because="Windows has no fork: spawn is its only start method")
@applies(where=not WEBASSEMBLY, because="WebAssembly has os.fork() in name only")
def test_the_platform_can_fork(evidence):
    """os.fork() and os.register_at_fork() exist, and fork is among the start methods.

    On Windows "AttributeError: module 'os' has no attribute 'fork'" (or 'register_at_fork'), and
    from get_context("fork") a ValueError, "cannot find context for 'fork'".  Instead: hasattr(os,
    "fork"), subprocess, or multiprocessing without naming a method.
    """
    methods = evidence(methods=multiprocessing.get_all_start_methods())
    assert sorted(methods) == sorted(CLASSES)
    assert hasattr(os, "fork")
    assert hasattr(os, "register_at_fork")


START_ONE = """
import multiprocessing

if __name__ == "__main__":
    child = multiprocessing.Process(target=print, args=("started",))
    child.start()
    child.join()
"""


#: Whether a fork server's socket has a longer name than its length is reckoned with.  The fix,
#: which came after 3.14.7 and 3.15.0rc1, made a constant of that.
NAMES_GREW = since("3.14.5") and not hasattr(util, "_SUN_PATH_LEN_RESERVED")


@claim("START17")
@predicts("RC38")
@cases(length={f"{length} bytes": length for length in (75, 76, 79, 80, 85, 120)})
@applies(
    where=LINUX or not SERVES_BY_DEFAULT, because="the lengths are Linux's; FreeBSD's are others"
)
@refuted(
    where=SERVES_BY_DEFAULT and before("3.14.1"),
    length="80 bytes",
    because="gh-140734: 3.14.0 takes a path of 108 bytes for short enough, Linux does not",
)
@refuted(
    where=SERVES_BY_DEFAULT and NAMES_GREW,
    length=("76 bytes", "79 bytes"),
    because="gh-149527: 3.14.5 made the socket's name longer, and not the length it is taken for",
)
def test_a_long_temporary_folder_hinders_no_start(length, programs, evidence):
    """By default a process can be started whatever the length of TMPDIR.

    A fork server listens on a socket in the temporary folder, whose path may have 107 bytes on
    Linux; otherwise start() raises OSError, "AF_UNIX path too long".  3.14, whose default it is,
    takes /tmp where TMPDIR is too long (gh-132124), but 3.14.0 not where it has 80 bytes
    (gh-140734), and 3.14.5 to 3.14.7 not where it has 76 to 79 (gh-149527).
    get_context("forkserver") of 3.13 takes /tmp since 3.13.6, but up to 3.13.9 not where it has 80
    bytes, and since 3.13.14 not where it has 76 to 79; before 3.13.6 it fails.  Instead: a short
    TMPDIR.
    """
    with tempfile.TemporaryDirectory(dir="/tmp" if POSIX else None) as folder:  # noqa: S108
        long = f"{folder}{os.sep}".ljust(length, "x")
        os.makedirs(long)
        program = programs.run(START_ONE, environ={"TMPDIR": long})
    error = (program.err.splitlines() or [""])[-1]
    control(error in ("", "OSError: AF_UNIX path too long"), f"it fails otherwise: {program}")
    assert evidence(printed=program.out, error=error)[0] == "started\n"


PATH_ON_THE_PATH = """
import importlib.util, multiprocessing, os, pathlib, sys

sys.path.append(pathlib.Path("folder"))

if __name__ == "__main__":
    os.mkdir("folder")
    pathlib.Path("folder", "module.py").touch()
    print("found:", importlib.util.find_spec("module") is not None, flush=True)
    child = multiprocessing.Process(target=print, args=("started",))
    child.start()
    child.join()
"""


@claim("START29")
@predicts("N227")
@concerns("path object on sys.path")
@refuted(where=SERVES_BY_DEFAULT, because="the fork server is given sys.path as program text")
def test_a_path_object_on_sys_path_hinders_no_start(programs, evidence):
    """By default a process can be started with a pathlib.Path on sys.path.

    From 3.14 on the fork server, the new default, fails by "NameError: name 'PosixPath' is not
    defined" (gh-145898), and start() by "ConnectionResetError: [Errno 104] Connection reset by
    peer".  The entry never did any good: imports pass over what is no string.  Instead:
    sys.path.append(str(path)).
    """
    program = programs.run(PATH_ON_THE_PATH)
    printed = end_of(program, evidence, "NameError: name 'PosixPath' is not defined")
    control(printed[:1] == ["found: False"], f"imports pass it over: {program}")
    assert printed[1:] == ["started"]


LOGGED = """
import logging, multiprocessing

def work():
    multiprocessing.get_logger().warning("from the child")

if __name__ == "__main__":
    logger = multiprocessing.log_to_stderr(logging.WARNING)
    print(logger is multiprocessing.get_logger(), len(logger.handlers))
    logger.info("too low")
    logger.warning("from the parent")
    child = multiprocessing.get_context({method!r}).Process(target=work, name="the child")
    child.start()
    child.join()
"""


@claim("START18")
def test_log_to_stderr_reaches_children_of_each_method(start_method, programs, evidence):
    """log_to_stderr() shows the log of multiprocessing, and that of children of every method.

    It returns get_logger(), with a handler for standard error: "[LEVEL/process's name] message".
    Unlike logging's own, multiprocessing's set-up is passed on to spawned children.
    """
    program = programs.run(LOGGED.format(method=start_method))
    assert evidence(logged=program.err.splitlines()) == [
        "[WARNING/MainProcess] from the parent",
        "[WARNING/the child] from the child",
    ]
    assert program.out == "True 1\n"
