"""Who reaps a child: zombies, exit codes that others take, and children that are nobody's.

A POSIX process that has ended keeps its exit code until its parent waits for it, once.  Under
fork and spawn the parent is the process that called start(); under forkserver, the default on
Linux since 3.14, it is the fork server, which tells the exit code through a pipe.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

from tests.harness import (
    DEFAULT_START_METHOD,
    FORK,
    GRACE,
    PATIENCE,
    applies,
    claim,
    control,
    joined,
    never,
    outcome,
    predicts,
    refuted,
    started,
    until,
)

BY_FORK_SERVER = DEFAULT_START_METHOD == "forkserver"
BY_PARENT = FORK and not BY_FORK_SERVER


def state_of(pid):
    """Return the letter that Linux shows for the process ("Z" for a zombie), None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def state_at_its_end(child):
    """Return the state of the child once it has ended."""
    control(wait([child.sentinel], PATIENCE), "the child ends")
    until(lambda: state_of(child.pid) in ("Z", None), "the child's last state")
    return state_of(child.pid)


@claim("Z08")
@applies(where=sys.platform == "linux", because="Linux: /proc shows the state of a process")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux, and the fork server reaps",
)
def test_an_ended_child_is_a_zombie_until_someone_looks(evidence):
    """A child that has ended is a zombie until join(), active_children() or the next start().

    So it is under fork and spawn: ps shows "<defunct>", and a program that starts many children
    and looks after none of them runs out of processes.  Under forkserver the fork server
    reaps each at once.  Instead: join every child.
    """
    first, second, third = children = [multiprocessing.Process() for _ in range(3)]
    first.start()
    states = [state_at_its_end(first)]
    second.start()
    states += [state_of(first.pid), state_at_its_end(second)]
    multiprocessing.active_children()
    states.append(state_of(second.pid))
    third.start()
    states.append(state_at_its_end(third))
    third.join()
    states.append(state_of(third.pid))
    evidence(start_method=DEFAULT_START_METHOD, states=states)
    control([child.exitcode for child in children] == [0, 0, 0], f"the exit codes: {children}")
    control(states[1::2] == [None] * 3, f"all are reaped in the end: {states}")
    assert states[::2] == ["Z"] * 3


def tell_parents(pid):
    """Exit with 11 if both ways to ask for the parent's pid give this one, 1 if one does."""
    direct = os.getppid() == pid
    sys.exit(10 * direct + (multiprocessing.parent_process().pid == pid))


def started_child(method, target, *arguments):
    child = multiprocessing.get_context(method).Process(target=target, args=arguments)
    child.start()
    return child


def look_after_children(method):
    """Look after children in the ways of a POSIX program; return what each way shows."""
    caught = []
    signal.signal(signal.SIGCHLD, lambda number, frame: caught.append(number))
    child = started_child(method, tell_parents, os.getpid())
    child.join()
    seen = {"SIGCHLD": len(caught), "parents": child.exitcode}

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = started_child(method, sys.exit, 7)
    waited = outcome(os.waitpid, child.pid, 0)
    if isinstance(waited, tuple):
        waited = (waited[0] == child.pid, os.waitstatus_to_exitcode(waited[1]))
    else:
        waited = type(waited).__name__
    seen["waitpid"] = waited
    seen["reaped by another"] = (child.join(), child.exitcode, child.is_alive())

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child = started_child(method, sys.exit, 7)
    seen["SIGCHLD ignored"] = (child.join(), child.exitcode, child.is_alive())
    return seen


_seen = {}


def looked_after(programs):
    """Look after children of the default start method, in a fresh interpreter (only once)."""
    if not _seen:
        _seen.update(programs.call(look_after_children, DEFAULT_START_METHOD))
    return _seen


KNOWN, UNKNOWN = (None, 7, False), (None, None, True)


@claim("Z09")
@applies(where=FORK, because="POSIX: os.waitpid()")
@refuted(
    where=BY_PARENT,
    because="POSIX: an exit code is given once; forkserver, the default since 3.14, has its own",
)
def test_an_exit_code_survives_that_another_has_waited(programs, evidence):
    """exitcode is known even if other code of the process has waited for the child.

    os.wait(), os.waitpid(-1, ...) and SIGCHLD handlers of other libraries take the exit code
    away: join() returns, but exitcode is None and is_alive() True for ever.  Under forkserver
    (default since 3.14) the child is the fork server's, and nobody else can wait for it.
    """
    seen = looked_after(programs)["reaped by another"]
    evidence(join_exitcode_alive=seen)
    control(seen in (KNOWN, UNKNOWN), f"join(), exitcode, is_alive(): {seen}")
    assert seen == KNOWN


@claim("Z10")
@applies(where=FORK, because="POSIX: SIGCHLD")
@refuted(
    where=BY_PARENT,
    because="POSIX: with SIGCHLD ignored the system forgets exit codes; forkserver, the default "
    "since 3.14, has its own SIGCHLD",
)
def test_an_exit_code_is_known_though_sigchld_is_ignored(programs, evidence):
    """exitcode is known even if the program ignores SIGCHLD.

    signal.signal(SIGCHLD, SIG_IGN), by the program or by what started it, keeps zombies away by
    dropping exit codes: join() returns, but exitcode is None and is_alive() True for ever.
    Not so under forkserver (default since 3.14).
    """
    seen = looked_after(programs)["SIGCHLD ignored"]
    evidence(join_exitcode_alive=seen)
    control(seen in (KNOWN, UNKNOWN), f"join(), exitcode, is_alive(): {seen}")
    assert seen == KNOWN


@claim("MP34")
@applies(where=FORK, because="POSIX: os.waitpid()")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the child is the server's",
)
def test_a_program_can_wait_for_its_child_by_its_pid(programs, evidence):
    """os.waitpid(process.pid, 0) waits for a child of the default start method.

    Since 3.14 that is ChildProcessError: [Errno 10] No child processes, on Linux, as the child
    is one of the fork server's.  So os.wait4() and RUSAGE_CHILDREN miss it as well.  Instead:
    join() and exitcode, or connection.wait() on sentinels.
    """
    waited = looked_after(programs)["waitpid"]
    evidence(waitpid=waited)
    control(waited in ((True, 7), "ChildProcessError"), f"os.waitpid(): {waited}")
    assert waited == (True, 7)


@claim("MP35")
@applies(where=FORK, because="POSIX: SIGCHLD")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the server gets the SIGCHLD",
)
def test_the_end_of_a_child_sends_sigchld(programs, evidence):
    """The end of a child of the default start method sends SIGCHLD, once, to its creator.

    Since 3.14 the fork server gets it instead, and supervisors that count on SIGCHLD hear
    nothing.  Instead: connection.wait() on the sentinels of the processes.
    """
    seen = looked_after(programs)["SIGCHLD"]
    evidence(signals=seen)
    control(seen in (0, 1), f"{seen} signals for one child")
    assert seen == 1


@claim("MP36")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the server is the parent",
)
def test_getppid_of_a_child_is_the_process_that_started_it(programs, evidence):
    """os.getppid() of a child is the pid of the process that called start(), by default.

    Since 3.14 it is the fork server's, on Linux: "has my parent died?" loops on getppid(),
    psutil's children(), and signals to the parent go wrong.  Instead:
    multiprocessing.parent_process().pid, and its is_alive().
    """
    code = looked_after(programs)["parents"]
    evidence(exit_code=code)
    control(code in (11, 1), f"parent_process().pid is the creator's pid: {code}")
    assert code == 11


def lose_the_race(method):
    """Let a thread take the exit code of a child, and meanwhile join the child in another.

    The thread is held where it has taken the exit code, but not stored it yet.
    """
    child = started_child(method, sys.exit, 3)
    taken, go_on = threading.Event(), threading.Event()
    by_pipe = "readinto" if hasattr(os, "readinto") else "read"  # since 3.14
    name = by_pipe if method == "forkserver" else "waitpid"
    take = getattr(os, name)

    def take_and_rest(*arguments):
        result = take(*arguments)
        if threading.current_thread() is other and result not in ((0, 0), b"", 0):
            taken.set()
            go_on.wait(PATIENCE / 2)
        return result

    def look_for_children():
        outcome(until, lambda: multiprocessing.active_children() == [] or taken.is_set(), "the end")

    other = threading.Thread(target=look_for_children)
    setattr(os, name, take_and_rest)
    try:
        other.start()
        was_taken = taken.wait(PATIENCE / 2)
        returned = child.join()
        seen = child.exitcode
    finally:
        go_on.set()
        other.join()
        setattr(os, name, take)
    return was_taken, returned, seen


_raced = {}


def raced(programs, method):
    """Lose the race in a fresh interpreter (only once); return exitcode after join()."""
    if method not in _raced:
        _raced[method] = programs.call(lose_the_race, method)
    was_taken, returned, seen = _raced[method]
    control((was_taken, returned) == (True, None), f"the race was set up: {_raced[method]}")
    return seen


@claim("MP37")
@predicts("RC50")
@applies(where=FORK, because="POSIX: exit codes are taken by os.waitpid()")
@refuted(because="gh-140867: two threads take one exit code, and no lock keeps them apart")
def test_after_join_the_exit_code_is_the_childs(start_method, programs, evidence):
    """After join() exitcode is the child's, even if another thread starts or lists children.

    start() and active_children() look at *all* children of the process.  A thread in them may
    take the exit code just before the one in join(), which then finds None (fork, spawn) or 255
    (forkserver); a moment later the code is there.  Rare: about one in 100 joins of many
    threads that start and join at once.  Here it is forced.  Instead: one thread for both.
    """
    seen = raced(programs, start_method)
    evidence(exit_code=seen, child_exited_with=3)
    control(seen in (3, 255 if start_method == "forkserver" else None), f"exitcode {seen}")
    assert seen == 3


@claim("MP38")
@predicts("RC50")
@applies(where=FORK, because="POSIX: exit codes are taken by os.waitpid()")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: 255 stands for a lost code",
)
def test_an_exit_code_that_was_lost_reads_none(programs, evidence):
    """An exit code that another thread has just taken reads None, and never as a wrong number.

    By the default start method: since 3.14, on Linux, a lost code reads 255, just as if the child
    had ended so, where it was None before.  So it does when the fork server was killed.  Instead:
    let one thread start and join processes, or have the child send its result.
    """
    seen = raced(programs, DEFAULT_START_METHOD)
    evidence(start_method=DEFAULT_START_METHOD, exit_code=seen, child_exited_with=3)
    control(seen in (None, 255), f"exitcode {seen}")
    assert seen is None


@claim("X39")
def test_any_thread_of_the_creator_may_join_a_process(background, reports, evidence):
    """Any thread of the process that started a child may join it and see its exit code."""
    child = multiprocessing.Process(target=reports.reporter.hold)
    child.start()
    reports.next()
    task = background(lambda: (child.join(), child.exitcode))
    at_first = (never(lambda: task.finished, during=GRACE / 5), child.is_alive())
    reports.release()
    seen = task.result()
    evidence(join_and_exit_code=seen)
    assert at_first == (True, True)
    assert seen == (None, 0)
    assert (child.exitcode, child.is_alive()) == (0, False)


@claim("X28")
def test_threads_may_start_processes_at_the_same_time(ctx, reports, evidence):
    """Two threads may start() processes at the same time; both children run, each once."""
    everybody = threading.Barrier(2)
    children = [ctx.Process(target=reports.reporter, args=(10 + i,)) for i in range(2)]
    pids = [None, None]

    def start(number):
        everybody.wait(PATIENCE)
        children[number].start()
        pids[number] = children[number].pid

    joined(*started(threading.Thread(target=start, args=(number,)) for number in range(2)))
    told = sorted(reports.collect(2))
    codes = joined(*children)
    evidence(told=told, exit_codes=codes)
    assert pids == [child.pid for child in children]
    assert len(set(pids)) == 2
    assert (told, codes) == ([10, 11], [0, 0])


@claim("MP39")
def test_children_are_reaped_each_with_its_own_code(evidence):
    """Joined in any order, each of several children has its own exit code."""
    children = started(multiprocessing.Process(target=sys.exit, args=(10 * i,)) for i in range(4))
    codes = joined(*reversed(children))
    evidence(codes=codes)
    assert codes == [30, 20, 10, 0]
    assert [child.exitcode for child in children] == [0, 10, 20, 30]
    assert len({child.pid for child in children}) == 4
