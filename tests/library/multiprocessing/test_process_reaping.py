"""Who reaps a child: zombies, exit codes that others take, and children that are nobody's.

A POSIX process that has ended keeps its exit code until its parent waits for it, once.  Under
fork and spawn the parent is the process that called start(); under forkserver, the default on
Linux since 3.14, it is the fork server, which sends the exit code through a pipe.

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
    claim,
    concerns,
    control,
    joined,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    started,
    state_of,
    until,
)
from tests.library.multiprocessing.starting import needs_a_copy

BY_FORK_SERVER = DEFAULT_START_METHOD == "forkserver"
BY_PARENT = FORK and not BY_FORK_SERVER


def started_and_ended():
    """Start a child, wait for its end without looking after it, and return it."""
    child = multiprocessing.Process()
    child.start()
    control(wait([child.sentinel], PATIENCE), "the child ends")
    until(lambda: state_of(child.pid) in ("Z", ""), "the child's last state")
    return child


@claim("REAP01")
@needs_fork
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux, and the fork server reaps",
)
def test_an_ended_child_is_a_zombie_until_someone_looks(evidence):
    """A child that has ended is a zombie until join(), active_children() or the next start().

    So it is under fork and spawn, after terminate(), too: ps shows "<defunct>", and a program that
    starts many children and leaves the zombies runs out of processes.  Under forkserver the fork
    server reaps each immediately.  Instead: join every child.
    """
    states, children = [], []
    for look in (started_and_ended, multiprocessing.active_children, lambda: children[-1].join()):
        children.append(started_and_ended())
        ended = state_of(children[-1].pid)
        look()
        states.append((ended, state_of(children[-1].pid)))
    control([child.exitcode for child in children] == [0] * 3, "the exit codes are known")
    assert evidence(states_before_and_after=states) == [("Z", "")] * 3


def reap_before_join():
    """Wait for a child by its pid, then join it; return what waitpid() and the child say."""
    child = multiprocessing.Process(target=sys.exit, args=(7,))
    child.start()
    waited = outcome(os.waitpid, child.pid, 0)
    child.join()
    by_pid = repr(waited) if isinstance(waited, Exception) else os.waitstatus_to_exitcode(waited[1])
    return by_pid, child.exitcode, child.is_alive()


@claim("REAP02")
@needs_fork
@refuted(
    where=BY_PARENT,
    because="POSIX: an exit code is given once; forkserver, the default since 3.14, has its own",
)
def test_an_exit_code_survives_that_another_has_waited(programs, evidence):
    """exitcode is known even if other code of the process has waited for the child.

    os.wait(), os.waitpid(-1, ...) and SIGCHLD handlers of other libraries take the exit code
    away: join() returns, but exitcode stays None and is_alive() True.  Under forkserver
    (default on Linux since 3.14) the child is the fork server's, and nobody else can wait for it.
    """
    _, code, alive = programs.once(reap_before_join)
    assert evidence(exit_code=code, alive=alive) == (7, False)


@claim("REAP03")
@needs_fork
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the child is the server's",
    by='AssertionError: assert "ChildProcessError(10, ',
)
def test_a_program_can_wait_for_its_child_by_its_pid(programs, evidence):
    """os.waitpid(process.pid, 0) waits for a child of the default start method.

    Since 3.14 that is "ChildProcessError: [Errno 10] No child processes" on Linux, as the child is
    one of the fork server's.  So os.wait4() and RUSAGE_CHILDREN miss it as well.  Instead:
    join() and exitcode, or connection.wait() on sentinels.
    """
    by_pid, _, _ = programs.once(reap_before_join)
    assert evidence(waitpid=by_pid) == 7


def join_while_sigchld_is_ignored():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child = multiprocessing.Process(target=sys.exit, args=(7,))
    child.start()
    child.join()
    return child.exitcode, child.is_alive()


@claim("REAP04")
@needs_fork
@refuted(
    where=BY_PARENT,
    because="POSIX: with SIGCHLD ignored the system forgets exit codes; forkserver, the default "
    "since 3.14, has its own SIGCHLD",
)
def test_an_exit_code_is_known_though_sigchld_is_ignored(programs, evidence):
    """exitcode is known even if the program ignores SIGCHLD.

    signal.signal(SIGCHLD, SIG_IGN), by the program or by what started it, keeps zombies away by
    dropping exit codes: join() returns, but exitcode stays None and is_alive() True.
    Not so under forkserver (default on Linux since 3.14).
    """
    seen = programs.call(join_while_sigchld_is_ignored)
    control(seen in ((7, False), (None, True)), f"it is known, or seems to run on: {seen}")
    assert evidence(exit_code_and_alive=seen) == (7, False)


def count_sigchld():
    """Count the SIGCHLD that this process gets while it starts and joins a child."""
    caught = []
    signal.signal(signal.SIGCHLD, lambda number, frame: caught.append(number))
    child = multiprocessing.Process()
    child.start()
    child.join()
    return len(caught)


@claim("REAP05")
@needs_fork
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the server gets the SIGCHLD",
)
def test_the_end_of_a_child_sends_sigchld(programs, evidence):
    """The end of a child of the default start method sends SIGCHLD, once, to its creator.

    Since 3.14 the fork server gets it instead on Linux, and supervisors that count on SIGCHLD get
    nothing.  Instead: connection.wait() on the sentinels of the processes.
    """
    assert evidence(signals=programs.call(count_sigchld)) == 1


def tell_parents(report):
    report((os.getppid(), multiprocessing.parent_process().pid))


@claim("REAP06")
@concerns("pid of the parent")
@predicts("H44")
@refuted(
    where=BY_FORK_SERVER,
    because="3.14 (gh-84559) made forkserver the default on Linux: the server is the parent",
)
def test_getppid_of_a_child_is_the_process_that_started_it(reports, evidence):
    """os.getppid() of a child is the pid of the process that called start(), by default.

    Since 3.14 it is the fork server's, on Linux: a worker that compares it, "has my parent died?",
    takes itself for an orphan and ends at once; psutil's children(), and signals to the parent go
    wrong.  Instead: multiprocessing.parent_process().pid, and its is_alive().
    """
    child = multiprocessing.Process(target=tell_parents, args=(reports.reporter,))
    child.start()
    direct, by_multiprocessing = reports.next()
    control(joined(child) == [0], "the child ends well")
    control(by_multiprocessing == os.getpid(), "parent_process() is the creator")
    assert evidence(getppid=direct, creator=os.getpid())[0] == os.getpid()


def lose_the_race(method):
    """Let a thread take the exit code of a child, and meanwhile join the child in another.

    The thread is held where it has taken the exit code, but not stored it yet.
    """
    child = multiprocessing.get_context(method).Process(target=sys.exit, args=(3,))
    child.start()
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
    other.start()
    was_taken = taken.wait(PATIENCE / 2)
    child.join()
    code = child.exitcode
    go_on.set()
    other.join()
    return was_taken, code


def code_after_the_race(programs, method):
    was_taken, code = programs.once(lose_the_race, method)
    control(was_taken, "another thread has taken the exit code")
    return code


@claim("REAP07")
@predicts("RC50")
@needs_fork
@refuted(because="gh-130895: two threads take one exit code, and no lock keeps them apart")
def test_after_join_the_exit_code_is_the_childs(start_method, programs, evidence):
    """After join() exitcode is the child's, even if another thread starts or lists children.

    start() and active_children() look at *all* children of the process.  A thread in them may
    take the exit code just before the one in join(), which then finds None (fork, spawn) or 255
    (forkserver); a moment later the code is there.  This race condition is rare: about one in 100
    joins of many threads that start and join at the same time (gh-130895, gh-148318; under
    forkserver gh-140867); here it is forced.  Instead: one thread for both.
    """
    assert evidence(exit_code=code_after_the_race(programs, start_method)) == 3


@claim("REAP08")
@predicts("RC50")
@needs_fork
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
    assert evidence(exit_code=code_after_the_race(programs, DEFAULT_START_METHOD)) is None


@claim("REAP09")
def test_any_thread_of_the_creator_may_join_a_process(background, reports, evidence):
    """Any thread of the process that started a child may join it and see its exit code."""
    child = multiprocessing.Process(target=reports.reporter.hold)
    child.start()
    reports.next()
    task = background(lambda: (child.join(), child.exitcode))
    assert never(lambda: task.finished, during=GRACE / 5)
    reports.release()
    assert evidence(join_and_exit_code=task.result()) == (None, 0)
    assert (child.exitcode, child.is_alive()) == (0, False)


@claim("REAP10")
def test_threads_may_start_processes_at_the_same_time(ctx, background, reports, evidence):
    """Two threads may start() processes at the same time; both children run, each once."""
    everybody = threading.Barrier(2)

    def start(number):
        child = ctx.Process(target=reports.reporter, args=(number,))
        everybody.wait(PATIENCE)
        child.start()
        return child, child.pid

    tasks = [background(start, number) for number in range(2)]
    children, pids = zip(*(task.result() for task in tasks), strict=True)
    assert evidence(told=sorted(reports.collect(2)), codes=joined(*children)) == ([0, 1], [0, 0])
    assert [child.pid for child in children] == [*pids]
    assert len(set(pids)) == 2


@claim("REAP11")
def test_children_are_reaped_each_with_its_own_code(evidence):
    """Joined in any order, each of several children has its own exit code."""
    children = started(multiprocessing.Process(target=sys.exit, args=(10 * i,)) for i in range(4))
    assert evidence(codes=joined(*reversed(children))) == [30, 20, 10, 0]
    assert [child.exitcode for child in children] == [0, 10, 20, 30]
    assert len({child.pid for child in children}) == 4


LEFT = """
import multiprocessing, os

if __name__ == "__main__":
    child = multiprocessing.Process()
    child.start()
    child.join()
    try:
        print(os.waitpid(-1, os.WNOHANG))
    except ChildProcessError:
        print("no child is left")
"""


@claim("REAP12")
@predicts("N07")
@needs_fork
@needs_a_copy
def test_no_child_is_left_after_join(programs, evidence):
    """By default os.wait() raises ChildProcessError once all processes are joined.

    From 3.14 on Linux two children stay as long as the program, the fork server and the resource
    tracker, on macOS the tracker (gh-84559): a loop that calls os.wait() until ChildProcessError
    never ends, and who counts children, by psutil or pgrep -P, finds too many.  Instead: join() the
    processes; multiprocessing.active_children() lists them.
    """
    program = programs.run(LEFT)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    control(program.lines in (["no child is left"], ["(0, 0)"]), f"some or none: {program}")
    assert evidence(after_join=program.lines) == ["no child is left"]
