"""The life of a Process object: made, started, joined, closed; and what it says of itself.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process
"""

import multiprocessing
import os
import pickle
import signal
import sys
from multiprocessing.connection import wait

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    WINDOWS,
    NotSeen,
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
    started,
    until,
)
from tests.library.multiprocessing.starting import FORKS_BY_DEFAULT, NO_COPY, end_of, held

#: gh-138813 was not brought to 3.13, and came too late for 3.14.0.
KWARGS_DEFAULT_TO_NONE = not PYPY and since("3.14.1")


@claim("PROC11")
def test_a_process_is_started_once_and_joined_after_that(evidence):
    """A process is started once at most, and joined only after that: else AssertionError.

    "AssertionError: cannot start a process twice" is the message after its end as well.  For
    another run make another Process.  join() before start(): "AssertionError: can only join a
    started process".
    """
    child = multiprocessing.Process()
    too_early = outcome(child.join)
    child.start()
    again = [outcome(child.start), joined(child), outcome(child.start)]
    assert repr(evidence(too_early=too_early)) == repr(
        AssertionError("can only join a started process")
    )
    twice = AssertionError("cannot start a process twice")
    assert repr(evidence(again=again)) == repr([twice, [0], twice])


@claim("PROC11")
@cases(method=("terminate", "kill"))
def test_an_unstarted_process_cannot_be_ended(method, evidence):
    """terminate() and kill() before start() are an AttributeError of None.

    "AttributeError: 'NoneType' object has no attribute 'terminate'".
    """
    error = evidence(too_early=outcome(getattr(multiprocessing.Process(), method)))
    assert type(error) is AttributeError


@claim("PROC12")
def test_close_needs_an_end_and_ends_all_queries(ctx, reports, evidence):
    """close() is a ValueError while the process runs; afterwards every query is a ValueError.

    "ValueError: Cannot close a process while it is still running. ..." is raised, and the process
    goes on.  A second close() is silent.  close() also closes the sentinel.
    """
    (child,) = held(ctx, reports, 1)
    sentinel = child.sentinel
    error, alive = outcome(child.close), child.is_alive()
    reports.release()
    joined(child)
    assert [child.close(), child.close()] == [None, None]
    assert type(evidence(error=error)) is ValueError
    assert alive
    assert isinstance(outcome(os.fstat, sentinel), OSError)


@claim("PROC12")
@cases(name=("is_alive", "join", "start", "terminate", "kill", "exitcode", "ident", "sentinel"))
def test_a_closed_process_answers_no_question(name, evidence):
    """A closed process answers with a ValueError, except for its name, daemon and authkey.

    "ValueError: process object is closed".  Ask for exitcode before close().
    """
    child = multiprocessing.Process()
    child.start()
    joined(child)
    child.close()
    assert "closed" in repr(child)
    assert (child.name.split("-")[1].isdigit(), child.daemon) == (True, False)
    assert child.authkey == multiprocessing.current_process().authkey
    error = outcome(lambda: getattr(child, name)())
    assert repr(evidence(error=error)) == repr(ValueError("process object is closed"))


@claim("PROC13")
def test_an_unstarted_process_may_be_closed(evidence):
    """A process that was never started may be closed, and cannot be started after that."""
    child = multiprocessing.Process(target=print, args=("never",))
    outcomes = evidence(close_and_start=[outcome(child.close), outcome(child.start)])
    assert repr(outcomes) == repr([None, ValueError("process object is closed")])


@claim("PROC14")
def test_the_sentinel_is_ready_once_the_process_has_ended(ctx, reports, evidence):
    """sentinel becomes ready, for connection.wait(), when its process ends, and not before.

    It is a number (a file descriptor on POSIX), so wait() takes it together with pipes and sockets.
    """
    children = held(ctx, reports, 3)
    sentinels = [child.sentinel for child in children]
    running = wait(sentinels, 0)
    reports.release(1)
    first = wait(sentinels, PATIENCE)
    codes = joined(children[1])
    reports.release()
    codes += joined(*children)
    until(lambda: len(wait(sentinels, 0)) == 3, "that all sentinels are ready")
    assert evidence(running=running, second_has_ended=first) == ([], [sentinels[1]])
    assert {type(sentinel) for sentinel in sentinels} == {int}
    assert codes == [0] * 4


@claim("PROC14")
def test_there_is_no_sentinel_before_start(ctx, evidence):
    """sentinel is a ValueError before start().

    "ValueError: process not started".
    """
    assert type(evidence(too_early=outcome(getattr, ctx.Process(), "sentinel"))) is ValueError


@claim("PROC15")
@cases(timeout=(0, 0.01, -1))
def test_join_does_not_say_whether_the_process_has_ended(timeout, ctx, reports, evidence):
    """join(timeout) returns None whether or not the process has ended: ask exitcode.

    After a time-out exitcode is None and is_alive() True.  To kill a process after a timeout:
    join(5), then, if is_alive(), kill() and join().
    """
    (child,) = held(ctx, reports, 1)
    timed_out = (child.join(timeout), child.exitcode, child.is_alive())
    reports.release()
    ended = (child.join(PATIENCE), child.exitcode, child.is_alive())
    assert evidence(timed_out=timed_out, ended=ended) == ((None, None, True), (None, 0, False))


@claim("PROC15")
def test_active_children_lists_the_living(ctx, reports, evidence):
    """active_children() lists exactly the started children that have not ended."""
    others = set(multiprocessing.active_children())
    children, _unstarted = held(ctx, reports, 3), ctx.Process()
    listed = set(multiprocessing.active_children()) - others
    reports.release(1)
    joined(children[1])
    listed_then = set(ctx.active_children()) - others
    reports.release()
    until(lambda: set(multiprocessing.active_children()) == others, "that none is listed")
    evidence(at_first=len(listed), then=len(listed_then))
    assert listed == set(children)
    assert listed_then == {children[0], children[2]}
    assert [child.exitcode for child in children] == [0, 0, 0]


@claim("PROC16")
@cases(timeout={"join()": (), "join(None)": (None,)})
def test_join_waits_as_long_as_the_process_runs(timeout, background, reports, evidence):
    """join() without a timeout waits until the process has ended, and so does join(None).

    That is how to wait for a process to finish.  join(timeout) gives up after that many seconds
    (PROC15).
    """
    (child,) = held(multiprocessing, reports, 1)
    task = background(child.join, *timeout)
    early = outcome(task.result, within=GRACE / 5)
    reports.release()
    assert type(evidence(early=early)) is NotSeen
    assert (task.result(), child.exitcode) == (None, 0)


def question_others(report, sibling, unstarted):
    """Ask about processes that the parent has made, and about oneself."""
    me = multiprocessing.current_process()
    questions = (sibling.join, sibling.is_alive, unstarted.start, me.join)
    report([str(outcome(question)) for question in questions])
    report((repr(sibling), me.is_alive(), me.pid == me.ident == os.getpid()))


@claim("PROC17")
@needs_fork
def test_only_the_creator_may_start_join_or_query_a_process(reports, evidence):
    """Only the process that made a Process may start, join or query it: else AssertionError.

    In another process: "can only join a child process", "can only test a child process", "can
    only start a process object created by current process".  No process can join itself.  (Only
    fork gives a Process object to another process.)
    """
    ctx = multiprocessing.get_context("fork")
    (sibling,) = held(ctx, reports, 1)
    child = ctx.Process(target=question_others, args=(reports.reporter, sibling, ctx.Process()))
    child.start()
    refusals, own = evidence(refusals=reports.next(), known=reports.next())
    reports.release()
    assert joined(child, sibling) == [0, 0]
    assert refusals == [
        "can only join a child process",
        "can only test a child process",
        "can only start a process object created by current process",
        "can only join a child process",
    ]
    known = f"name={sibling.name!r} pid={sibling.pid} parent={os.getpid()}"
    assert own == (f"<ForkProcess {known} unknown>", True, True)
    assert type(outcome(multiprocessing.current_process().join)) is AssertionError


def tell_arguments(report, *arguments, **keywords):
    report.hold("begun")
    report((list(arguments), keywords))


@claim("PROC18")
def test_arguments_are_captured_by_start(ctx, reports, evidence):
    """What arguments contain is captured by start(): changes before it count, later ones do not.

    The lists args and kwargs themselves are copied earlier, when the Process is made.
    """
    numbers, letters = [1], {"a": 1}
    args, kwargs = [reports.reporter, numbers], {"letters": letters, "flag": True}
    child = ctx.Process(target=tell_arguments, args=args, kwargs=kwargs)
    args.append("too late"), kwargs.update(flag=False)
    numbers.append(2), letters.update(b=2)
    child.start()
    numbers.append(3), letters.update(c=3)
    reports.next()
    numbers.append(4), letters.update(d=4)
    reports.release()
    seen = evidence(child_saw=reports.next())
    assert joined(child) == [0]
    assert seen == ([[1, 2]], {"letters": {"a": 1, "b": 2}, "flag": True})


def interrupt_the_parent(pipe):
    while not pipe.poll(0.03):
        os.kill(multiprocessing.parent_process().pid, signal.SIGINT)
    pipe.send(pipe.recv() + 1)


def join_under_interrupts():
    """Join a child that sends SIGINT until join() is interrupted; then ask it, and join again."""
    seen = []

    def interrupt(_, frame):
        while frame and frame.f_code.co_name != "join":
            frame = frame.f_back
        if frame and not seen:
            seen.append("interrupted in join()")
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=interrupt_the_parent, args=(theirs,))
    child.start()
    try:
        child.join()
    except KeyboardInterrupt:
        seen.append(("child is alive", child.is_alive()))
    ours.send(41)
    return [*seen, ours.recv(), joined(child)]


@claim("PROC19")
@needs_fork
def test_sigint_to_the_parent_interrupts_its_join(programs, evidence):
    """SIGINT sent to the parent alone interrupts join() there; the child runs on.

    join() raises KeyboardInterrupt and may be called again.  (Ctrl-C in a terminal signals the
    children as well: each prints its traceback, too.)
    """
    seen = evidence(seen=programs.call(join_under_interrupts))
    assert seen == ["interrupted in join()", ("child is alive", True), 42, [0]]


@claim("PROC20")
@refuted(where=KWARGS_DEFAULT_TO_NONE, because="gh-138813: None is the default since 3.14.1")
def test_the_default_of_kwargs_is_an_empty_dict(ctx, evidence):
    """The default of Process's parameter kwargs is an empty dict.

    Since 3.14.1 the signature says kwargs=None (gh-138813).  Instead, in a subclass that adds to
    that default: self.kwargs = dict(kwargs or {}).  To call f(1, b=2) by multiprocessing, with
    kwargs: Process(target=f, args=(1,), kwargs={"b": 2}).
    """
    import inspect  # here, for it would cost every child some milliseconds

    parameters = inspect.signature(ctx.Process).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    kwargs = evidence(kwargs=defaults.pop("kwargs"))
    others = {"group": None, "target": None, "name": None, "args": (), "daemon": None}
    control(defaults == others, f"the other parameters: {defaults}")
    assert kwargs == {}


@claim("PROC21")
@refuted(
    where=not KWARGS_DEFAULT_TO_NONE,
    because="gh-138813: before 3.14.1 dict(kwargs) is called, whatever kwargs is",
    by="TypeError: 'NoneType' object is not iterable",
)
def test_kwargs_of_none_are_no_keyword_arguments(ctx, reports, evidence):
    """Process(kwargs=None) is accepted, as by Thread, and means no keyword arguments.

    Before 3.14.1: "TypeError: 'NoneType' object is not iterable" (gh-138813).  Instead: kwargs={}.
    """
    child = ctx.Process(target=reports.reporter, args=(5,), kwargs=None)
    child.start()
    assert evidence(told=reports.next(), codes=joined(child)) == (5, [0])


@claim("PROC22")
def test_daemon_cannot_be_set_after_start(reports, evidence):
    """Setting daemon after start(), or name to what is no str, raises AssertionError.

    daemon stays as it was, even once the process has ended: "process has already started".  name
    may be changed at any time, but the child does not learn of it.
    """
    (child,) = held(multiprocessing, reports, 1)
    errors = [outcome(setattr, child, "daemon", value) for value in (True, False)]
    reports.release()
    joined(child)
    errors.append(outcome(setattr, child, "daemon", True))
    late = AssertionError("process has already started")
    child.name = "another"
    assert repr(evidence(errors=errors)) == repr([late] * 3)
    assert (child.daemon, child.name) == (False, "another")


@claim("PROC22")
@cases(name={"a number": 7, "None": None, "bytes": b"name"})
def test_the_name_of_a_process_must_be_a_text(name, evidence):
    """A name that is no str is refused: "name must be a string"."""
    child = multiprocessing.Process(name="a text")
    error = outcome(setattr, child, "name", name)
    assert repr(evidence(error=error)) == repr(AssertionError("name must be a string"))
    assert child.name == "a text"


@claim("PROC23")
@cases(thing={"a process": lambda child: child, "its authkey": lambda child: child.authkey})
def test_a_process_and_its_key_cannot_be_pickled(thing, evidence):
    """Neither a Process nor an authkey can be pickled, except by start() itself: TypeError.

    "TypeError: Pickling an AuthenticationString object is disallowed for security reasons": so
    processes cannot go through queues and pools, nor be an argument or attribute of what does.
    """
    error = outcome(pickle.dumps, thing(multiprocessing.Process(target=print)))
    assert type(evidence(error=error)) is TypeError
    assert "disallowed for security reasons" in str(error)


class Doubling(multiprocessing.Process):
    """A process that overrides run()."""

    def __init__(self, report, number):
        super().__init__()
        self.report = report
        self.number = number

    def run(self):
        """Double the number, and report it and where it is."""
        self.number *= 2
        self.report((self.number, os.getpid(), multiprocessing.current_process().name))


class Uninitialised(multiprocessing.Process):
    """A process whose __init__ leaves out that of the base class."""

    def __init__(self):
        self.number = 21


@claim("PROC32")
@cases(method=("start", "join", "is_alive"))
def test_a_subclass_that_skips_init_is_no_process(method, evidence):
    """A Process subclass whose __init__ does not call the base class's cannot be started.

    "AttributeError: 'Uninitialised' object has no attribute '_closed'", with the name of the class,
    and '_popen' from close().  Begin the __init__ with super().__init__().
    """
    error = evidence(error=outcome(getattr(Uninitialised(), method)))
    assert repr(error) == """AttributeError("'Uninitialised' object has no attribute '_closed'")"""


@claim("PROC24")
def test_start_calls_run_in_the_child(reports, evidence):
    """start() calls run() in the child; a subclass may override it, and run() alone starts none.

    What run() changes in its object stays in the child.
    """
    child = Doubling(reports.reporter, 21)
    child.run()
    direct = reports.next()
    child.start()
    by_start = reports.next()
    assert joined(child) == [0]
    here = (42, os.getpid(), multiprocessing.current_process().name)
    assert evidence(direct=direct, by_start=by_start) == (here, (84, child.pid, child.name))
    assert child.number == 42
    assert child.name.startswith("Doubling-")


def leave_with(*, answer):
    sys.exit(answer)


@claim("PROC25")
def test_the_target_gets_its_positional_and_keyword_arguments(evidence):
    """run() calls target(*args, **kwargs), also when it is called in the parent."""
    got = []
    process = multiprocessing.Process(
        target=lambda *args, **kwargs: got.append((args, kwargs)),
        args=iter("ab"),
        kwargs=[("c", 3), ("d", 4)],
    )
    returned = [process.run(), process.run()]
    child = multiprocessing.Process(target=leave_with, kwargs={"answer": 42})
    child.start()
    assert evidence(got=got) == [(("a", "b"), {"c": 3, "d": 4})] * 2
    assert evidence(codes=joined(child)) == [42]
    assert returned == [None, None]


@claim("PROC26")
def test_group_must_be_none(evidence):
    """Process(group) takes nothing but None, for compatibility with Thread: else AssertionError.

    So a target that is passed by position, Process(function), is refused: write target=function.
    The refusal is "AssertionError: group argument must be None for now".
    """
    error = evidence(error=outcome(multiprocessing.Process, print))
    made = multiprocessing.Process(None, print, "by position", (1,), {"end": ""}, daemon=True)
    assert repr(error) == repr(AssertionError("group argument must be None for now"))
    assert (made.name, made.daemon) == ("by position", True)
    assert isinstance(outcome(multiprocessing.Process, None, None, None, (), {}, True), TypeError)


def tell_identity(report):
    me = multiprocessing.current_process()
    report((me.name, me.pid, me.ident, os.getpid(), me.is_alive()))


@claim("PROC27")
def test_ident_and_pid_are_the_pid_of_the_child(ctx, reports, evidence):
    """ident and pid are None before start(), and then the pid of the child, also after its end.

    Each of many children sees the name and pid that its Process object has.
    """
    children = [ctx.Process(target=tell_identity, args=(reports.reporter,)) for _ in range(3)]
    unstarted = {(child.ident, child.pid) for child in children}
    pids = [child.pid for child in started(children)]
    told = sorted(reports.collect(3))
    assert joined(*children) == [0] * 3
    assert evidence(unstarted=unstarted) == {(None, None)}
    assert evidence(told=told) == sorted((c.name, c.pid, c.pid, c.pid, True) for c in children)
    assert [child.ident for child in children] == [child.pid for child in children] == pids
    assert len({*pids, os.getpid()}) == 4


@claim("PROC28")
def test_the_repr_of_a_process_shows_its_state(reports, evidence):
    """repr(process) shows name, pid and parent, and "initial", "started" or "stopped".

    The code of a signal is shown by its name, such as exitcode=-SIGTERM.
    """
    child = multiprocessing.Process(target=reports.reporter.hold, name="worker", daemon=True)
    initial = repr(child)
    child.start()
    running = repr(child)
    reports.next()
    child.terminate()
    joined(child)
    begin, parent = f"<{type(child).__name__} name='worker'", f"parent={os.getpid()}"
    assert evidence(initial=initial) == f"{begin} {parent} initial daemon>"
    known = f"{begin} pid={child.pid} {parent}"
    assert evidence(running=running) == f"{known} started daemon>"
    assert evidence(ended=repr(child)) == f"{known} stopped exitcode=-SIGTERM daemon>"


@claim("PROC29")
def test_is_alive_from_the_start_to_the_end(reports, evidence):
    """is_alive() is False before start(), True while the child runs, and False once it has ended.

    No join() is needed for that: is_alive() looks itself.
    """
    unstarted = multiprocessing.Process().is_alive()
    first, second = held(multiprocessing, reports, 2)
    running = (first.is_alive(), second.is_alive())
    reports.release(0)
    until(lambda: not first.is_alive(), "the end of the first")
    second_runs = second.is_alive()
    reports.release()
    joined(second)
    assert evidence(unstarted=unstarted, running=running) == (False, (True, True))
    assert evidence(second_runs=second_runs, then=second.is_alive()) == (True, False)


def tell_key(report):
    key = multiprocessing.current_process().authkey
    report((key.hex(), isinstance(key, bytes), multiprocessing.Process().authkey == key))


@claim("PROC30")
@cases(key={"inherited": None, "set": b"another key"})
def test_a_child_has_the_authkey_of_its_process_object(key, ctx, reports, evidence):
    """A child's authkey is the one of its Process object: its creator's, unless it is set.

    A child of the child inherits it in turn.
    """
    own = multiprocessing.current_process().authkey
    child = ctx.Process(target=tell_key, args=(reports.reporter,))
    if key is not None:
        child.authkey = key
    child.start()
    told = evidence(told=reports.next())
    assert joined(child) == [0]
    assert told == ((key or own).hex(), True, True)
    assert multiprocessing.current_process().authkey == own


@claim("PROC30")
def test_an_authkey_is_made_of_bytes(evidence):
    """The main process's authkey has 32 random bytes; what is set must be bytes."""
    error = outcome(setattr, multiprocessing.Process(), "authkey", "a text")
    assert evidence(length=len(multiprocessing.current_process().authkey)) == 32
    assert type(evidence(error=error)) is TypeError


DROPPED = """
import gc, multiprocessing, os, threading

class Slow:
    def __reduce__(self):
        return wait_until_start_has_returned, ()

def wait_until_start_has_returned():
    pause = threading.Event()
    while not os.path.exists("start() has returned"):
        pause.wait(0.001)

def work(slow, shared):
    print("the child has it", flush=True)

def make():
    return multiprocessing.Process(target=work, args=(Slow(), multiprocessing.{kind}))

if __name__ == "__main__":
    child = make()
    child.start()
    gc.collect()
    os.mkdir("start() has returned")
    child.join()
    print("its exit code is", child.exitcode)
"""


@claim("PROC31")
@predicts("N40")
@concerns("dropped argument")
@cases(kind=("Lock()", "Queue()", "Value('i')"))
@refuted(where=not FORKS_BY_DEFAULT and not WINDOWS, because=NO_COPY)
def test_a_lock_that_only_the_arguments_keep_reaches_the_child(kind, programs, evidence):
    """By default a Lock, Queue or Value that only a Process's args refer to reaches the child.

    start() drops the arguments, and with the last reference the semaphore's name goes.  From 3.14
    (gh-84559) and on macOS since 3.8 a child opens it by that name, so it is a race condition: one
    that is slow, because of its imports or a busy machine, exits with 1 by "FileNotFoundError:
    [Errno 2] No such file or directory" (gh-94765).  The traceback ends in SemLock._rebuild.  (It
    is the same after systemd has removed the semaphores of a user who has logged out: RemoveIPC=no,
    or loginctl enable-linger.)  Instead: keep the object in a variable until join().
    """
    program = programs.run(DROPPED.format(kind=kind))
    printed = end_of(program, evidence, "FileNotFoundError")
    assert printed == ["the child has it", "its exit code is 0"]
