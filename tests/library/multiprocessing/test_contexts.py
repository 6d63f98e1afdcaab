"""Contexts and start methods: which there are, which is the default, and what fixes it.

The default start method is one setting of a whole program, so that whatever changes it runs in a
fresh interpreter.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import logging
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import context, process

from tests.harness import (
    FORK,
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.multiprocessing.starting import (
    FORKS_BY_DEFAULT,
    METHODS,
    SPAWNS_BY_DEFAULT,
    needs_a_copy,
    posix,
)

DEFAULT = "fork" if FORKS_BY_DEFAULT else "spawn" if SPAWNS_BY_DEFAULT else "forkserver"

_calls = {}


def call(programs, function):
    """Call a function of this module in a fresh interpreter, once for all specs that ask."""
    if function not in _calls:
        _calls[function] = outcome(programs.call, function)
    control(not isinstance(_calls[function], Exception), f"it ends: {_calls[function]!r}")
    return _calls[function]


def named(result):
    """Return the name of an exception's type, or the result itself."""
    return type(result).__name__ if isinstance(result, Exception) else result


def default_method():
    methods = multiprocessing.get_all_start_methods()
    before = multiprocessing.get_start_method(allow_none=True)
    method = multiprocessing.get_start_method()
    chosen = multiprocessing.get_context()
    return {
        "methods": methods,
        "before": before,
        "method": method,
        "after": multiprocessing.get_start_method(allow_none=True),
        "context": type(chosen).__name__,
        "process": chosen.Process.__name__,
        "same": chosen is multiprocessing.get_context(method),
    }


@claim("CX01")
@posix
@needs_a_copy
def test_processes_are_forked_by_default(programs, evidence):
    """The default start method is fork.

    It was so on Linux from the beginning.  3.14 made it forkserver, since forking a process with
    threads may deadlock (gh-84559, "What's New In Python 3.14"); macOS spawns since 3.8.  Other
    implementations follow their version: PyPy 3.11 forks.  Instead, for what needs a copy of the
    parent: multiprocessing.get_context("fork"), or set_start_method("fork") in the main module.
    """
    seen = call(programs, default_method)
    evidence(method=seen["method"], context=seen["context"])
    kinds = {"fork": "Fork", "spawn": "Spawn", "forkserver": "ForkServer"}
    kind = kinds.get(seen["method"])
    control(seen["same"], "get_context() is the context of that method")
    control(seen["context"] == f"{kind}Context", f"of that class: {seen}")
    control(seen["process"] == f"{kind}Process", f"its processes too: {seen}")
    assert seen["method"] == "fork"


@claim("N8.08")
@posix
def test_the_default_method_is_listed_first(programs, evidence):
    """get_all_start_methods() lists what the platform has, the default first.

    Code that takes the last for the best, or compares the list, sees another order from 3.14:
    ['forkserver', 'fork', 'spawn'] in place of ['fork', 'spawn', 'forkserver'].
    """
    seen = call(programs, default_method)
    evidence(methods=seen["methods"], default=seen["method"])
    assert seen["methods"][0] == seen["method"]
    assert seen["methods"] == [DEFAULT, *(m for m in METHODS if m != DEFAULT)]


@claim("CX03")
@posix
def test_the_default_method_is_none_before_its_first_use(programs, evidence):
    """get_start_method(allow_none=True) is None until something fixes the default start method.

    get_start_method() itself fixes it; get_all_start_methods() does not.
    """
    seen = call(programs, default_method)
    evidence(before=seen["before"], then=seen["method"], after=seen["after"])
    assert (seen["before"], seen["method"], seen["after"]) == (None, DEFAULT, DEFAULT)


def set_methods():
    set_method = multiprocessing.set_start_method
    seen = {"unknown": str(outcome(set_method, "no such method"))}
    seen["unknown context"] = named(outcome(multiprocessing.get_context, "no such method"))
    seen["still none"] = multiprocessing.get_start_method(allow_none=True)
    first = METHODS[1]
    seen["first"] = (set_method(first), multiprocessing.get_start_method())
    again = [outcome(set_method, method) for method in METHODS]
    seen["again"] = [named(error) for error in again]
    seen["message"] = str(again[0])
    seen["kept"] = multiprocessing.get_start_method()
    forced = [(set_method(method, force=True), named_context()) for method in METHODS]
    seen["forced"] = [method for _, method in forced]
    seen["concrete"] = [multiprocessing.get_context(m).get_start_method() for m in METHODS]
    set_method(None, force=True)
    seen["reset"] = multiprocessing.get_start_method(allow_none=True)
    return seen


def named_context():
    """Return what decides the method: the default's name, its context's and its process's."""
    chosen = multiprocessing.get_context()
    return (multiprocessing.get_start_method(), chosen.get_start_method(), chosen.Process.__name__)


@claim("CX02")
@posix
def test_the_start_method_is_set_once(programs, evidence):
    """set_start_method() sets the default once; again is a RuntimeError unless force=True.

    "context has already been set": often a library has used multiprocessing before, or the call
    is not under the __main__ guard.  An unknown name is a ValueError and sets nothing.  None with
    force=True leaves it open again.  Instead, in a library: get_context().
    """
    seen = call(programs, set_methods)
    evidence(**seen)
    assert seen["unknown"] == "cannot find context for 'no such method'"
    assert (seen["unknown context"], seen["still none"]) == ("ValueError", None)
    assert seen["first"] == (None, "spawn")
    assert (seen["again"], seen["message"]) == (
        ["RuntimeError"] * 3,
        "context has already been set",
    )
    assert seen["kept"] == "spawn"
    processes = ("ForkProcess", "SpawnProcess", "ForkServerProcess")
    assert seen["forced"] == [(m, m, p) for m, p in zip(METHODS, processes, strict=True)]
    assert seen["concrete"] == [*METHODS]
    assert seen["reset"] is None


def tell_method(sending):
    sending.send((multiprocessing.get_start_method(allow_none=True), os.getppid()))
    sending.close()


def use_each_method():
    """Set each method in turn; return what Process and an executor's children then tell."""
    seen = {}
    for method in METHODS:
        multiprocessing.set_start_method(method, force=True)
        receiving, sending = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=tell_method, args=(sending,))
        child.start()
        told, parent = receiving.recv()
        joined(child)
        with ProcessPoolExecutor(1) as executor:
            executors = executor.submit(multiprocessing.get_start_method).result(PATIENCE)
        seen[method] = (told, executors, parent == os.getpid())
    return seen


@claim("CX20")
@posix
def test_a_set_method_holds_for_the_whole_program(programs, evidence):
    """set_start_method() is for the whole program: Process and ProcessPoolExecutor follow it.

    So a library that calls it changes the start method of everybody else.
    """
    seen = call(programs, use_each_method)
    evidence(**seen)
    assert seen == {m: (m, m, m != "forkserver") for m in METHODS}


@claim("CX06")
@posix
def test_a_childs_default_is_its_own_start_method(ctx, start_method, reports, evidence):
    """In a child the default start method is the one by which the child was started.

    It is set already there, so that set_start_method() in a child raises RuntimeError.
    """
    child = ctx.Process(target=try_to_set, args=(reports.reporter,))
    child.start()
    told = reports.next()
    evidence(told=told)
    assert joined(child) == [0]
    assert told == (start_method, start_method, "RuntimeError")


def try_to_set(report):
    method = multiprocessing.get_start_method(allow_none=True)
    chosen = multiprocessing.get_context().get_start_method()
    report((method, chosen, named(outcome(multiprocessing.set_start_method, method))))


@claim("CX07")
@posix
def test_a_concrete_context_refuses_another_method(ctx, start_method, evidence):
    """A context of one start method refuses set_start_method() by ValueError, forced or not.

    get_start_method() is its own, get_context() itself, get_context(name) the one of that name.
    """
    refusals = [outcome(ctx.set_start_method, "spawn", force) for force in (False, True)]
    evidence(refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [ValueError, ValueError]
    assert str(refusals[0]) == "cannot set start method of concrete context"
    assert (ctx.get_start_method(), ctx.get_start_method(True)) == (start_method, start_method)
    assert ctx.get_context() is ctx
    assert [ctx.get_context(m).get_start_method() for m in METHODS] == [*METHODS]
    assert type(outcome(ctx.get_context, "no such method")) is ValueError


@claim("CX21")
@posix
def test_a_context_has_classes_of_its_method(ctx, start_method, evidence):
    """multiprocessing.context has a context and a process class for each start method.

    get_context() returns the same context each time.  All derive from BaseContext, the default
    one, a DefaultContext, too; all processes from multiprocessing.process.BaseProcess.
    """
    kinds = {
        "fork": (context.ForkContext, context.ForkProcess),
        "spawn": (context.SpawnContext, context.SpawnProcess),
        "forkserver": (context.ForkServerContext, context.ForkServerProcess),
    }
    made = ctx.Process(name="made")
    evidence(context=type(ctx).__name__, process=type(made).__name__)
    assert (type(ctx), type(made)) == kinds[start_method]
    assert ctx is multiprocessing.get_context(start_method)
    assert len({id(multiprocessing.get_context(m)) for m in METHODS}) == 3
    assert issubclass(type(ctx), context.BaseContext)
    assert issubclass(context.DefaultContext, context.BaseContext)
    assert isinstance(made, process.BaseProcess)
    assert multiprocessing.Process is context.Process
    assert issubclass(multiprocessing.Process, process.BaseProcess)


NAMES = ("current_process", "parent_process", "active_children")
ERRORS = ("ProcessError", "BufferTooShort", "TimeoutError", "AuthenticationError")


@claim("CX22")
@posix
def test_a_context_offers_what_the_module_offers(ctx, evidence):
    """A context has the names of the multiprocessing module, with the same meaning.

    current_process() and its like are the very functions, the exceptions the very classes;
    cpu_count() and get_logger() return the same.
    """
    public = set(multiprocessing.__all__) - {"get_all_start_methods", "reducer"}
    missing = sorted(name for name in public if not hasattr(ctx, name))
    evidence(names=len(public), missing=missing)
    assert missing == []
    for name in (*NAMES, *ERRORS):
        assert getattr(ctx, name) is getattr(multiprocessing, name), name
    assert ctx.current_process() is process.current_process()
    assert ctx.current_process().name == "MainProcess"
    assert ctx.parent_process() is None
    assert ctx.active_children() == multiprocessing.active_children()
    assert ctx.cpu_count() == multiprocessing.cpu_count() == os.cpu_count()
    assert ctx.get_logger() is multiprocessing.get_logger() is logging.getLogger("multiprocessing")
    assert [error.__mro__[1] for error in map(ctx.__getattribute__, ERRORS)] == [
        Exception,
        *[ctx.ProcessError] * 3,
    ]
    assert ctx.TimeoutError is not TimeoutError


def tell_parent(report):
    context_of_child = multiprocessing.get_context()
    report(
        (
            context_of_child.parent_process().name,
            context_of_child.parent_process().pid,
            context_of_child.current_process().name,
            len(context_of_child.active_children()),
        )
    )


@claim("CX23")
@posix
def test_a_contexts_functions_work_in_its_children(ctx, reports, evidence):
    """In a child current_process() is the child, parent_process() its starter, of any method.

    active_children() is what the child itself has started: nothing at first.
    """
    child = ctx.Process(target=tell_parent, args=(reports.reporter,), name="the child")
    child.start()
    listed = [c.name for c in ctx.active_children() if c is child]
    told = reports.next()
    evidence(told=told)
    assert joined(child) == [0]
    assert told == ("MainProcess", os.getpid(), "the child", 0)
    assert listed == ["the child"]
    assert child not in ctx.active_children()


def nothing():
    """Do nothing, in a child."""


def start_one():
    joined(started_process())


def started_process():
    child = multiprocessing.Process(target=nothing)
    child.start()
    return child


def make_executor():
    ProcessPoolExecutor(1).shutdown()


#: Whether each of these fixes the default start method.
FIXES = {
    "get_context": True,
    "Lock": True,
    "Event": True,
    "Value": True,
    "Queue": True,
    "start": True,
    "executor": True,
    "get_context('spawn')": False,
    "Process": False,
    "Pipe": False,
    "RawValue": False,
    "cpu_count": False,
    "active_children": False,
    "get_logger": False,
    "allow_connection_pickling": False,
    "set_executable": False,
    "set_forkserver_preload": False,
    "get_all_start_methods": False,
}


def what_fixes_the_default():
    calls = {name: getattr(multiprocessing, name, None) for name in FIXES} | {
        "Value": lambda: multiprocessing.Value("i"),
        "RawValue": lambda: multiprocessing.RawValue("i"),
        "get_context('spawn')": lambda: multiprocessing.get_context("spawn"),
        "set_executable": lambda: multiprocessing.set_executable(sys.executable),
        "set_forkserver_preload": lambda: multiprocessing.set_forkserver_preload([]),
        "start": start_one,
        "executor": make_executor,
    }
    seen, kept = {}, []
    for name in FIXES:
        multiprocessing.set_start_method(None, force=True)
        kept.append(calls[name]())
        seen[name] = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(None, force=True)
    seen["freeze_support"] = (
        multiprocessing.freeze_support(),
        multiprocessing.get_start_method(allow_none=True),
    )
    return seen


@claim("CX24")
@posix
def test_locks_and_queues_fix_the_default_method(programs, evidence):
    """Making a Lock or a Queue fixes the default start method, as starting a process does.

    A module that makes one at import keeps the program from calling set_start_method() later:
    "RuntimeError: context has already been set".  Pipe(), Process() and get_context("spawn") do
    not fix it.
    """
    seen = dict(call(programs, what_fixes_the_default))
    del seen["freeze_support"]
    fixing = [name for name, method in seen.items() if method is not None]
    evidence(fixing=fixing)
    assert seen == {name: DEFAULT if fixes else None for name, fixes in FIXES.items()}


@claim("MX23")
@posix
@refuted(
    where=not PYPY and (since("3.13.4") and before("3.13.13", "3.14.4")),
    because="gh-140814: from 3.13.4 until 3.13.13 and 3.14.4 freeze_support() fixes the default",
)
def test_freeze_support_does_nothing_here(programs, evidence):
    """freeze_support() does nothing in a program that is not frozen into an executable.

    The documentation's own example calls it before set_start_method().  From 3.13.4 to 3.13.12 and
    in 3.14.0 to 3.14.3 that is "RuntimeError: context has already been set": freeze_support() asks
    for the start method, which fixes it (gh-140814).  Instead: set the method first.
    """
    returned, method = call(programs, what_fixes_the_default)["freeze_support"]
    evidence(returned=returned, method_then=method)
    control(returned is None, "it returns None")
    control(method in (None, DEFAULT), f"{method} is none, or the default")
    assert method is None


def take(lock, value):
    with lock:
        value.value += 7


def mixed(maker, method):
    """Start a process of a method with a lock of a context; tell how it ended, and the value."""
    maker = multiprocessing.get_context(maker) if maker else multiprocessing
    lock, value = maker.Lock(), maker.Value("i", 1, lock=False)
    taker = multiprocessing.get_context(method)
    if method == "spawn":
        value = taker.Value("i", 1, lock=False)
    child = taker.Process(target=take, args=(lock, value))
    refusal = outcome(child.start)
    if refusal is not None:
        return type(refusal).__name__
    child.join(PATIENCE)
    return child.exitcode, value.value


MIXTURES = [("fork", "spawn"), (None, "spawn"), ("spawn", "fork"), ("forkserver", "fork")]
MIXTURES += [("spawn", "forkserver")]


def mixtures():
    return {(maker, method): mixed(maker, method) for maker, method in MIXTURES}


def crashed(result):
    """Tell whether the child of a mixture was killed by a signal, as it is before 3.11."""
    return before("3.11.0") and isinstance(result, tuple) and result[0] < 0


@claim("MX31")
@posix
@refuted(
    where=before("3.11.0"),
    because="before 3.11 nobody checks it, and the child crashes (gh-77377)",
)
def test_a_forks_lock_is_refused_by_spawn(programs, evidence):
    """A Lock of the fork context, given to a spawned process, is a RuntimeError out of start().

    "A SemLock created in a fork context is being shared with a process in a spawn context. This
    is not supported." (gh-77377.)  Before 3.11 start() returns and the child dies of SIGSEGV, by
    the exit code -11.  Instead: make locks and queues of the context of the process.
    """
    seen = call(programs, mixtures)["fork", "spawn"]
    evidence(outcome=seen)
    control(seen == "RuntimeError" or crashed(seen), f"refused, or the child crashes: {seen}")
    assert seen == "RuntimeError"


@claim("CX25")
@posix
@refuted(
    where=FORKS_BY_DEFAULT,
    because="up to 3.13 the default context is fork's, whose locks only fork takes (gh-77377)",
)
def test_a_default_lock_can_be_given_to_spawn(programs, evidence):
    """A multiprocessing.Lock() can be given to a process of get_context("spawn").

    Up to 3.13 it is fork's, and start() raises "RuntimeError: A SemLock created in a fork context
    is being shared with a process in a spawn context" (before 3.11 the child crashes, gh-77377).
    From 3.14 it is the fork server's, which is passed in the same way as spawn's.  Code that is
    written on 3.14 thus fails on 3.13.
    """
    seen = call(programs, mixtures)[None, "spawn"]
    evidence(outcome=seen)
    control(seen in ("RuntimeError", (0, 8)) or crashed(seen), f"a known outcome: {seen}")
    assert seen == (0, 8)


@claim("CX05")
@posix
def test_locks_of_other_contexts_work_under_fork(programs, evidence):
    """A Lock of the spawn or forkserver context works in a forked process, and in each other's."""
    seen = [call(programs, mixtures)[mixture] for mixture in MIXTURES[2:]]
    evidence(spawns_in_fork=seen[0], servers_in_fork=seen[1], spawns_in_server=seen[2])
    assert seen == [(0, 8)] * 3


@claim("CX26")
@posix
def test_a_spawn_contexts_queue_works_under_fork(evidence):
    """A Queue of the spawn context works in a forked process: the parent gets what it puts."""
    queue = multiprocessing.get_context("spawn").Queue()
    child = multiprocessing.get_context("fork").Process(target=put_three, args=(queue,))
    child.start()
    got = [queue.get(timeout=PATIENCE) for _ in range(3)]
    evidence(got=got)
    assert joined(child) == [0]
    queue.close()
    queue.join_thread()
    assert got == ["a", "b", "c"]


def put_three(queue):
    for letter in "abc":
        queue.put(letter)


@claim("CX27")
@posix
def test_a_process_knows_its_start_method_by_class(ctx, start_method, reports, evidence):
    """A process is named after the class of its start method: ForkProcess-1, SpawnProcess-2, ...

    multiprocessing.Process itself gives Process-1 whatever the default is.
    """
    kind = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
    children = [ctx.Process(target=tell_name, args=(reports.reporter,)) for _ in range(2)]
    names = [child.name for child in children]
    children[0].start()
    told = reports.next()
    evidence(names=names, told=told)
    assert joined(children[0]) == [0]
    assert told == names[0]
    numbers = [name.removeprefix(kind[start_method] + "-") for name in names]
    assert [int(numbers[0]) + 1, int(numbers[1])] == [int(numbers[1])] * 2
    assert multiprocessing.Process().name.startswith("Process-")


def tell_name(report):
    report(multiprocessing.current_process().name)


@claim("CX28")
@predicts("RC55")
@refuted(where=not FORK, because="Windows has no fork: spawn is its only start method")
def test_the_platform_can_fork(evidence):
    """os.fork() and os.register_at_fork() exist, and fork is among the start methods.

    On Windows: "AttributeError: module 'os' has no attribute 'fork'" (or 'register_at_fork'), and
    "ValueError: cannot find context for 'fork'".  Instead: hasattr(os, "fork"), subprocess, or
    multiprocessing without naming a method.
    """
    names = [name for name in ("fork", "register_at_fork") if hasattr(os, name)]
    fork = outcome(multiprocessing.get_context, "fork")
    methods = multiprocessing.get_all_start_methods()
    evidence(names=names, methods=methods)
    control(type(fork) is ValueError or "fork" in methods, "listed, or refused")
    assert names == ["fork", "register_at_fork"]
    assert sorted(methods) == sorted(METHODS)


@claim("CX29")
@predicts("RC54")
@applies(where=sys.platform == "darwin", because="macOS alone: its frameworks refuse to be forked")
def test_macos_spawns_since_forked_children_crash(programs, evidence):
    """On macOS the default start method is spawn: forked children may not use its frameworks.

    A forked child that does is killed: "+[__NSCFConstantString initialize] may have been in
    progress in another thread when fork() was called" (bpo-33725, since 3.8).  Other libraries
    that fork by themselves are still hit.
    """
    seen = call(programs, default_method)
    evidence(method=seen["method"], methods=seen["methods"])
    assert (seen["method"], seen["methods"][0]) == ("spawn", "spawn")


START_ONE = """
import multiprocessing

if __name__ == "__main__":
    child = multiprocessing.Process(target=print, args=("started",))
    child.start()
    child.join()
"""


@claim("CX40")
@predicts("RC38")
@posix
@refuted(
    where=since("3.14.0") and before("3.14.1"),
    because="gh-140734: 3.14.0 takes a path of 108 bytes for short enough, Linux does not",
)
def test_a_long_temporary_folder_hinders_no_start(programs, folder, evidence):
    """By default a process can be started whatever the length of TMPDIR.

    A fork server listens on a socket in the temporary folder, whose path may have 107 bytes:
    "OSError: AF_UNIX path too long".  3.14 takes /tmp where TMPDIR is too long (gh-132124), but
    not in its first release where it is just so (gh-140734).  get_context("forkserver") of older
    versions fails.  Instead: a short TMPDIR.
    """
    seen = {}
    for length in (80, 85, 120):
        long = f"{folder}/".ljust(length, "x")
        os.makedirs(long)
        program = programs.run(START_ONE, environ={"TMPDIR": long})
        seen[len(long)] = (program.exit_code, program.out)
    evidence(by_length_of_TMPDIR=seen)
    assert seen == dict.fromkeys((80, 85, 120), (0, "started\n"))


def counts():
    """Return what is counted, and what is if the system does not tell the number."""
    ask = (os.cpu_count, multiprocessing.cpu_count, multiprocessing.get_context().cpu_count)
    known = [count() for count in ask]
    os.cpu_count = lambda: None
    return known, [named(outcome(count)) for count in ask[1:]]


COUNTS = "import multiprocessing as m, os; print(os.cpu_count(), m.cpu_count())"


@claim("MX26")
@refuted(where=before("3.13.0"), because="3.13 added PYTHON_CPU_COUNT and -X cpu_count (gh-109595)")
def test_the_environment_sets_the_number_of_cpus(programs, evidence):
    """PYTHON_CPU_COUNT, or -X cpu_count, sets what os.cpu_count() and cpu_count() return.

    So a container's program makes as many workers as it may use.  Before 3.13 both are ignored:
    the counts are the machine's.
    """
    machine = os.cpu_count()
    variable, option = machine + 5, machine + 9
    by_variable = programs.run(COUNTS, environ={"PYTHON_CPU_COUNT": str(variable)})
    by_option = programs.run(COUNTS, options=("-X", f"cpu_count={option}"))
    seen = [[*map(int, ended.out.split())] for ended in (by_variable, by_option)]
    evidence(machine=machine, by_variable=seen[0], by_option=seen[1])
    control(seen in ([[variable] * 2, [option] * 2], [[machine] * 2] * 2), f"set or not: {seen}")
    assert seen == [[variable] * 2, [option] * 2]


@claim("CX11")
@refuted(where=before("3.13.0"), because="3.13 added os.process_cpu_count() (gh-109649)")
def test_the_usable_cpus_can_be_counted(evidence):
    """os.process_cpu_count() is the number of CPUs that this process may use.

    Before 3.13: "AttributeError: module 'os' has no attribute 'process_cpu_count'".  Instead:
    len(os.sched_getaffinity(0)), where that exists.  cpu_count() counts the machine's.
    """
    count = outcome(lambda: os.process_cpu_count())
    evidence(count=count, machine=os.cpu_count())
    control(type(count) in (int, AttributeError), f"a number, or no such function: {count!r}")
    assert type(count) is int
    affinity = getattr(os, "sched_getaffinity", None)
    assert count == (len(affinity(0)) if affinity else os.cpu_count())


@claim("CX30")
def test_an_unknown_number_of_cpus_is_an_error(programs, evidence):
    """multiprocessing.cpu_count() is os.cpu_count(), but NotImplementedError where that is None."""
    known, unknown = call(programs, counts)
    evidence(counts=known, unknown=unknown)
    assert known == [os.cpu_count()] * 3
    assert unknown == ["NotImplementedError"] * 2


LOGGED = """
import logging, multiprocessing

def work():
    multiprocessing.get_logger().warning("from the child")

if __name__ == "__main__":
    logger = multiprocessing.get_logger()
    before = (logger.name, logger.level, logger.handlers[:])
    same = multiprocessing.log_to_stderr(logging.WARNING) is logger
    print((*before, same, logger.level, len(logger.handlers)))
    logger.info("too low")
    logger.warning("from the parent")
    for method in ("fork", "spawn", "forkserver"):
        child = multiprocessing.get_context(method).Process(target=work, name=method)
        child.start()
        child.join()
"""


@claim("CX41")
@posix
def test_log_to_stderr_reaches_children_of_each_method(programs, evidence):
    """log_to_stderr() shows the log of multiprocessing, and that of children of every method.

    It returns get_logger(), with a handler for standard error: "[LEVEL/process's name] message".
    Unlike logging's own, multiprocessing's set-up is passed on to spawned children.
    """
    program = programs.run(LOGGED)
    lines = program.err.splitlines()
    evidence(logged=lines)
    assert (program.exit_code, program.out) == (0, "('multiprocessing', 0, [], True, 30, 1)\n")
    assert lines == [
        "[WARNING/MainProcess] from the parent",
        *(f"[WARNING/{method}] from the child" for method in METHODS),
    ]
