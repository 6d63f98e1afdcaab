"""The life of a Process object: made, started, joined, closed; and what it says of itself.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process
"""

import multiprocessing
import os
import pickle
import sys
from multiprocessing.connection import wait

from tests.harness import (
    DEFAULT_START_METHOD,
    FORK,
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    joined,
    outcome,
    raises,
    refuted,
    since,
    started,
    until,
)

# The fix was made for 3.15 and brought to the bug-fix releases of that day.
KWARGS_DEFAULT_TO_NONE = not PYPY and since("3.13.8")


def held(ctx, reports, count):
    """Start children that wait until they are released, and wait until they do."""
    children = started(ctx.Process(target=reports.reporter.hold, args=(i,)) for i in range(count))
    assert sorted(reports.collect(count)) == list(range(count))
    return children


@claim("MP05")
def test_a_process_is_started_once_and_joined_after_that(evidence):
    """A process is started once at most, and joined only after that: else AssertionError.

    The messages are "cannot start a process twice", also after its end, and "can only join a
    started process".  terminate() and kill() before start() are an AttributeError of None, for
    nothing checks that.  For another run make another Process.
    """
    child = multiprocessing.Process()
    early = [outcome(child.join), outcome(child.terminate), outcome(child.kill)]
    child.start()
    again = [outcome(child.start)]
    joined(child)
    again.append(outcome(child.start))
    evidence(before_start=early, second_start=again)
    assert [type(error) for error in early] == [AssertionError, AttributeError, AttributeError]
    assert str(early[0]) == "can only join a started process"
    assert [type(error) for error in again] == [AssertionError] * 2
    assert {str(error) for error in again} == {"cannot start a process twice"}
    assert child.exitcode == 0


QUERIES = ("is_alive", "join", "start", "terminate", "kill")
PROPERTIES = ("exitcode", "ident", "pid", "sentinel")


@claim("MP06")
def test_close_needs_an_end_and_ends_all_queries(ctx, reports, evidence):
    """close() is a ValueError while the process runs; afterwards every query is a ValueError.

    The messages are "Cannot close a process while it is still running..." and "process object is
    closed".  A second close() is silent, and name and daemon can still be read.
    """
    (child,) = held(ctx, reports, 1)
    sentinel = child.sentinel
    early = outcome(child.close)
    alive = child.is_alive()
    reports.release()
    joined(child)
    returned = [child.close(), child.close()]
    late = [outcome(getattr(child, name)) for name in QUERIES]
    late += [outcome(getattr, child, name) for name in PROPERTIES]
    open_still = outcome(os.fstat, sentinel)
    evidence(while_running=early, after_close=late)
    assert (type(early), alive) == (ValueError, True)
    assert returned == [None, None]
    assert [type(error) for error in late] == [ValueError] * 9
    assert {str(error) for error in late} == {"process object is closed"}
    assert (child.name[-1].isdigit(), child.daemon) == (True, False)
    assert isinstance(open_still, OSError)
    assert "closed" in repr(child)


@claim("MP40")
def test_an_unstarted_process_may_be_closed(evidence):
    """A process that was never started may be closed, and cannot be started after that."""
    child = multiprocessing.Process(target=print, args=("never",))
    returned = child.close()
    late = outcome(child.start)
    evidence(close=returned, start_after_close=late)
    assert returned is None
    assert (type(late), str(late)) == (ValueError, "process object is closed")


@claim("MP10")
def test_the_sentinel_is_ready_once_the_process_has_ended(ctx, reports, evidence):
    """sentinel becomes ready, for connection.wait(), when its process ends, and not before.

    It is a number (a file descriptor on POSIX) that can be waited for beside pipes and sockets;
    before start() it is a ValueError.
    """
    too_early = outcome(getattr, ctx.Process(), "sentinel")
    children = held(ctx, reports, 3)
    sentinels = [child.sentinel for child in children]
    while_running = wait(sentinels, 0)
    reports.release(1)
    first = wait(sentinels, PATIENCE)
    code = joined(children[1])
    reports.release()
    codes = joined(*children)
    until(lambda: len(wait(sentinels, 0)) == 3, "that all sentinels are ready")
    evidence(while_running=while_running, second_has_ended=first == [sentinels[1]])
    assert type(too_early) is ValueError
    assert [type(sentinel) for sentinel in sentinels] == [int] * 3
    assert while_running == []
    assert (first, code) == ([sentinels[1]], [0])
    assert codes == [0, 0, 0]


@claim("MP11")
def test_join_says_nothing_and_active_children_lists_who_lives(ctx, reports, evidence):
    """join(timeout) returns None whether or not the process has ended: ask exitcode.

    After a time-out exitcode is None and is_alive() True.  active_children() lists exactly the
    started children that have not ended.
    """
    before = set(multiprocessing.active_children())
    children = held(ctx, reports, 3)
    ctx.Process()  # it is never started
    timed_out = [children[0].join(timeout) for timeout in (0, 0.01, -1)]
    running = [(child.exitcode, child.is_alive()) for child in children]
    listed = set(multiprocessing.active_children()) - before
    reports.release(1)
    returned = children[1].join(PATIENCE)
    ended = (returned, children[1].exitcode, children[1].is_alive())
    listed_then = set(ctx.active_children()) - before
    reports.release()
    for child in (children[0], children[2]):
        wait([child.sentinel], PATIENCE)
    until(lambda: set(multiprocessing.active_children()) == before, "that none is listed")
    codes = [child.exitcode for child in children]
    evidence(timed_out=timed_out, then=running[0], joined=ended)
    assert timed_out == [None] * 3
    assert running == [(None, True)] * 3
    assert listed == set(children)
    assert ended == (None, 0, False)
    assert listed_then == {children[0], children[2]}
    assert codes == [0, 0, 0]


@claim("MP41")
def test_join_waits_as_long_as_the_process_runs(background, reports, evidence):
    """join() without a timeout waits until the process has ended, and so does join(None)."""
    children = held(multiprocessing, reports, 2)
    tasks = [background(children[0].join), background(children[1].join, None)]
    early = outcome(tasks[0].result, within=GRACE / 5), outcome(tasks[1].result, within=0)
    reports.release()
    returned = [task.result() for task in tasks]
    evidence(gave_up_early=not all(isinstance(error, Exception) for error in early))
    assert [type(error).__name__ for error in early] == ["NotSeen"] * 2
    assert returned == [None, None]
    assert [child.exitcode for child in children] == [0, 0]


def question_others(report, sibling, unstarted):
    """Ask about processes that the parent has made, and about oneself."""
    me = multiprocessing.current_process()
    questions = (sibling.join, sibling.is_alive, unstarted.start, me.join)
    outcomes = [outcome(question) for question in questions]
    report([(type(error).__name__, str(error)) for error in outcomes])
    report((repr(sibling), me.is_alive(), me.pid == me.ident == os.getpid()))


@claim("MP13")
@applies(where=FORK, because="POSIX: only fork hands a Process object to another process")
def test_only_the_creator_may_start_join_or_query_a_process(reports, evidence):
    """Only the process that made a Process may start, join or query it: else AssertionError.

    In another process: "can only join a child process", "can only test a child process", "can
    only start a process object created by current process".  Nor may a process join itself.
    """
    ctx = multiprocessing.get_context("fork")
    (sibling,) = held(ctx, reports, 1)
    child = ctx.Process(target=question_others, args=(reports.reporter, sibling, ctx.Process()))
    child.start()
    refusals, (text, alive, own_pid) = reports.collect(2)
    reports.release()
    own = outcome(multiprocessing.current_process().join)
    evidence(refusals=refusals)
    assert joined(child, sibling) == [0, 0]
    assert refusals == [
        ("AssertionError", "can only join a child process"),
        ("AssertionError", "can only test a child process"),
        ("AssertionError", "can only start a process object created by current process"),
        ("AssertionError", "can only join a child process"),
    ]
    assert text == (
        f"<ForkProcess name={sibling.name!r} pid={sibling.pid} parent={os.getpid()} unknown>"
    )
    assert (alive, own_pid) == (True, True)
    assert type(own) is AssertionError


def tell_arguments(report, *arguments, **keywords):
    report.hold("begun")
    report((list(arguments), keywords))


@claim("MX25")
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
    seen = reports.next()
    evidence(child_saw=seen)
    assert joined(child) == [0]
    assert seen == ([[1, 2]], {"letters": {"a": 1, "b": 2}, "flag": True})


INTERRUPTED = """\
import multiprocessing
import os
import signal
import traceback

def state_of(pid):
    try:
        with open(f"/proc/{{pid}}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "S"

def interrupt_the_parent(pipe):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pid = multiprocessing.parent_process().pid
    pipe.recv()
    while not pipe.poll(0.01):
        if state_of(pid) == "S":  # it waits, so it is in join()
            os.kill(pid, signal.SIGINT)
            if pipe.poll({patience}):
                break
    pipe.send(pipe.recv() + 1)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=interrupt_the_parent, args=(theirs,))
    child.start()
    try:
        ours.send("join() is next")
        child.join()
    except KeyboardInterrupt as error:
        functions = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        print("join" in functions, child.is_alive(), child.exitcode)
    ours.send(41)
    print(ours.recv())
    child.join()
    print(child.exitcode)
"""


@claim("MX35")
@applies(where=FORK, because="POSIX: signals to one process")
def test_sigint_to_the_parent_interrupts_its_join(programs, evidence):
    """SIGINT sent to the parent alone interrupts join() there; the child runs on.

    join() raises KeyboardInterrupt and may be called again.  (Ctrl-C in a terminal signals the
    children as well: each prints a traceback of its own.)
    """
    finished = programs.run(INTERRUPTED.format(patience=PATIENCE / 4))
    evidence(start_method=DEFAULT_START_METHOD, printed=finished.lines)
    assert (finished.exit_code, finished.err) == (0, "")
    assert finished.lines == ["True True None", "42", "0"]


@claim("MP24")
@refuted(where=KWARGS_DEFAULT_TO_NONE, because="gh-138813: None is the default since 3.14")
def test_the_default_of_kwargs_is_an_empty_dict(ctx, evidence):
    """The default of Process's parameter kwargs is an empty dict, and that of args a tuple.

    Since 3.14 the signature says kwargs=None (gh-138813).  Instead, in a subclass that adds to that
    default: self.kwargs = dict(kwargs or {}).
    """
    import inspect  # here, for it would cost every child some milliseconds

    parameters = inspect.signature(ctx.Process).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    kwargs = defaults.pop("kwargs")
    evidence(kwargs=kwargs, others=defaults)
    control(
        defaults == {"group": None, "target": None, "name": None, "args": (), "daemon": None},
        f"the other parameters: {defaults}",
    )
    control(kwargs in ({}, None), f"kwargs={kwargs!r}")
    assert kwargs == {}


@claim("MP42")
@refuted(
    where=not KWARGS_DEFAULT_TO_NONE,
    because="gh-138813: before 3.14 dict(kwargs) is called, whatever kwargs is",
)
def test_kwargs_of_none_are_no_keyword_arguments(ctx, reports, evidence):
    """Process(kwargs=None) is accepted, as by Thread, and means no keyword arguments.

    Before 3.14: TypeError: 'NoneType' object is not iterable.  Instead: kwargs={}.
    """
    made = outcome(ctx.Process, target=reports.reporter, args=(5,), kwargs=None)
    evidence(made=type(made).__name__)
    control(isinstance(made, (TypeError, multiprocessing.process.BaseProcess)), repr(made))
    assert not isinstance(made, TypeError), str(made)
    made.start()
    assert reports.next() == 5
    assert joined(made) == [0]


@claim("MP26")
def test_daemon_and_name_refuse_what_comes_too_late_or_is_no_text(reports, evidence):
    """Setting daemon after start(), or name to what is no str, raises AssertionError.

    daemon stays as it was, even once the process has ended; name may be changed at any time,
    but the child does not learn of it.
    """
    (child,) = held(multiprocessing, reports, 1)
    late = [outcome(setattr, child, "daemon", value) for value in (True, False)]
    reports.release()
    joined(child)
    late.append(outcome(setattr, child, "daemon", True))
    no_text = [outcome(setattr, child, "name", value) for value in (7, None, b"name")]
    name, child.name = child.name, "another"
    evidence(daemon=late, name=no_text)
    assert [type(error) for error in late + no_text] == [AssertionError] * 6
    assert {str(error) for error in late} == {"process has already started"}
    assert {str(error) for error in no_text} == {"name must be a string"}
    assert child.daemon is False
    assert name.startswith(type(child).__name__ + "-")
    assert child.name == "another"


@claim("MP27")
def test_a_process_and_its_key_cannot_be_pickled(evidence):
    """Neither a Process nor an authkey can be pickled, but by start() itself: TypeError.

    "Pickling an AuthenticationString object is disallowed for security reasons": so processes
    cannot go through queues and pools, nor be an argument or attribute of what does.
    """
    child = multiprocessing.Process(target=print)
    refused = [outcome(pickle.dumps, thing) for thing in (child, child.authkey)]
    evidence(refused=refused[0])
    assert [type(error) for error in refused] == [TypeError] * 2
    assert "disallowed for security reasons" in str(refused[0])


class Doubling(multiprocessing.Process):
    """A process that overrides run()."""

    def __init__(self, report, number):
        super().__init__()
        self.report = report
        self.number = number

    def run(self):
        """Double the number, and tell it and where it is."""
        self.number *= 2
        self.report((self.number, os.getpid(), multiprocessing.current_process().name))


@claim("MP43")
def test_start_calls_run_in_the_child(reports, evidence):
    """start() calls run() in the child; a subclass may override it, and run() alone starts none.

    What run() changes of its own object stays in the child.
    """
    child = Doubling(reports.reporter, 21)
    child.run()
    direct = reports.next()
    child.start()
    by_start = reports.next()
    evidence(direct=direct, by_start=by_start)
    assert joined(child) == [0]
    assert direct == (42, os.getpid(), multiprocessing.current_process().name)
    assert by_start == (84, child.pid, child.name)
    assert child.number == 42
    assert child.name.startswith("Doubling-")


def keyword_only(*, answer):
    sys.exit(answer)


@claim("MP44")
def test_the_target_gets_its_positional_and_keyword_arguments(evidence):
    """run() calls target(*args, **kwargs), also when it is called in the parent."""
    got = []
    here = multiprocessing.Process(
        target=lambda *args, **kwargs: got.append((args, kwargs)),
        args=iter("ab"),
        kwargs=[("c", 3), ("d", 4)],
    )
    returned = [here.run(), here.run()]
    child = multiprocessing.Process(target=keyword_only, kwargs={"answer": 42})
    child.start()
    code = joined(child)
    evidence(got=got, exit_code=code)
    assert returned == [None, None]
    assert got == [(("a", "b"), {"c": 3, "d": 4})] * 2
    assert code == [42]


@claim("MP45")
def test_group_must_be_none(evidence):
    """Process(group) takes nothing but None, for compatibility with Thread: else AssertionError.

    So a target that is passed by position, Process(function), is refused: write target=function.
    """
    with raises(AssertionError) as refusal:
        multiprocessing.Process(print)
    made = multiprocessing.Process(None, print, "by position", (1,), {"end": ""}, daemon=True)
    evidence(refused=str(refusal.error))
    assert str(refusal.error) == "group argument must be None for now"
    assert (made.name, made.daemon) == ("by position", True)
    assert isinstance(outcome(multiprocessing.Process, None, None, None, (), {}, True), TypeError)


def tell_identity(report):
    me = multiprocessing.current_process()
    report((me.name, me.pid, me.ident, os.getpid(), me.is_alive()))


@claim("MP46")
def test_ident_and_pid_are_the_pid_of_the_child(ctx, reports, evidence):
    """ident and pid are None before start(), and then the pid of the child, also after its end."""
    children = [ctx.Process(target=tell_identity, args=(reports.reporter,)) for _ in range(2)]
    before = [(child.ident, child.pid) for child in children]
    started(children)
    pids = [child.pid for child in children]
    told = reports.collect(2)
    codes = joined(*children)
    evidence(before=before[0], told=told)
    assert before == [(None, None)] * 2
    assert codes == [0, 0]
    assert sorted(told) == sorted((c.name, c.pid, c.pid, c.pid, True) for c in children)
    assert [child.ident for child in children] == [child.pid for child in children] == pids
    assert len({*pids, os.getpid()}) == 3


@claim("MP47")
def test_the_repr_of_a_process_tells_its_state(reports, evidence):
    """repr(process) tells its name, pid and parent, and: initial, started, stopped with its code.

    The code of a signal is shown by its name, such as exitcode=-SIGTERM.
    """
    texts = []
    child = multiprocessing.Process(target=reports.reporter.hold, name="worker", daemon=True)
    texts.append(repr(child))
    child.start()
    texts.append(repr(child))
    reports.next()
    child.terminate()
    joined(child)
    texts.append(repr(child))
    other = multiprocessing.Process(target=sys.exit, args=(3,), name="other")
    other.start()
    joined(other)
    texts.append(repr(other))
    evidence(texts=texts)
    kind, here = type(child).__name__, os.getpid()
    begin = f"<{kind} name='worker' pid={child.pid} parent={here}"
    assert texts == [
        f"<{kind} name='worker' parent={here} initial daemon>",
        f"{begin} started daemon>",
        f"{begin} stopped exitcode=-SIGTERM daemon>",
        f"<{kind} name='other' pid={other.pid} parent={here} stopped exitcode=3>",
    ]


@claim("MP48")
def test_is_alive_from_the_start_to_the_end(reports, evidence):
    """is_alive() is False before start(), True while the child runs, and False once it has ended.

    No join() is needed for that: is_alive() looks itself.
    """
    fresh = multiprocessing.Process().is_alive()
    children = held(multiprocessing, reports, 2)
    running = [child.is_alive() for child in children]
    reports.release(0)
    until(lambda: not children[0].is_alive(), "the end of the first")
    one_ended = [child.is_alive() for child in children]
    reports.release()
    joined(*children)
    ended = [child.is_alive() for child in children]
    evidence(running=running, one_ended=one_ended)
    assert (fresh, running) == (False, [True, True])
    assert one_ended == [False, True]
    assert ended == [False, False]


def tell_key(report):
    key = multiprocessing.current_process().authkey
    report((key.hex(), isinstance(key, bytes), multiprocessing.Process().authkey == key))


@claim("MP49")
def test_a_child_has_the_authkey_of_its_process_object(ctx, reports, evidence):
    """A child's authkey is the one of its Process object: its creator's, unless it is set.

    The main process's is a random string of 32 bytes; what is set must be bytes.  A child of
    the child inherits it in turn.
    """
    own = multiprocessing.current_process().authkey
    inheriting, other = (ctx.Process(target=tell_key, args=(reports.reporter,)) for _ in "ab")
    inherited = inheriting.authkey
    other.authkey = b"a key of its own"
    refused = outcome(setattr, other, "authkey", "a text")
    started([inheriting, other])
    told = sorted(reports.collect(2), key=lambda report: report[0] != own.hex())
    codes = joined(inheriting, other)
    evidence(length=len(own), inherited=inherited == own, refused=refused)
    assert (len(own), inherited) == (32, own)
    assert type(refused) is TypeError
    assert codes == [0, 0]
    assert told == [(own.hex(), True, True), (b"a key of its own".hex(), True, True)]
    assert multiprocessing.current_process().authkey == own
