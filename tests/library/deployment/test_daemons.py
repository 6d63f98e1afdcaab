"""Programs that become daemons, and those whom supervisors and containers run.

Source: https://man7.org/linux/man-pages/man7/daemon.7.html
"""

import multiprocessing
import os
import signal

from tests.harness import (
    PATIENCE,
    cases,
    claim,
    control,
    in_a_fork,
    joined,
    leaving,
    needs_fork,
    never,
    outcome,
    refuted,
    state_of,
    until,
)
from tests.library.deployment import places
from tests.library.deployment.places import needs_linux
from tests.library.multiprocessing.starting import needs_the_parent

every_spec = [needs_fork]


def start_and_join():
    child = multiprocessing.Process(target=int)
    child.start()
    return joined(child)[0]


def become_a_daemon(function):
    """Call the function in the child of a forked child, which leads a session; return its value."""

    def lead():
        os.setsid()
        return in_a_fork(function)

    return in_a_fork(lead)


def start_in_a_daemon():
    """Start a process, become a daemon, start another; return the errors or exit codes."""

    def start():
        ended = outcome(start_and_join)
        return ended if isinstance(ended, int) else f"{type(ended).__name__}: {ended}"

    return start(), become_a_daemon(start)


@claim("DEPLOY28")
@needs_the_parent
def test_a_daemon_can_start_processes(programs, evidence):
    """By default a program that has started a process can start one after it has daemonized.

    To become a daemon a program forks twice; any os.fork() will do.  From 3.14 on Linux start() in
    the child raises "ChildProcessError: [Errno 10] No child processes": the fork server is no child
    of this process, and multiprocessing asks whether it lives (gh-84559).  Instead: daemonize
    before the first process, pool or executor is started, or get_context("fork").
    """
    first, then = programs.call(start_in_a_daemon)
    control(first == 0, f"the program itself can: {first}")
    refused = f"ChildProcessError: [Errno 10] {os.strerror(10)}"
    control(then in (0, refused), f"or fails: {then}")
    assert evidence(in_the_daemon=then) == 0


#: The daemon waits until the first process has ended, and asks its manager for a number.
MANAGED = """
import multiprocessing, os, signal, sys, tempfile

if __name__ == "__main__":
    tempfile.tempdir = os.getcwd()
    manager = multiprocessing.get_context("fork").Manager()
    numbers = manager.list([7])
    (server,) = multiprocessing.active_children()
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(writing)
            os.read(reading, 1)
            try:
                print(numbers[0], flush=True)
            except OSError as error:
                print(type(error).__name__, flush=True)
            try:
                os.kill(server.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os._exit(0)
    os.wait()
    {leave}
"""


@claim("DEPLOY29")
@cases(leave=("os._exit(0)", "sys.exit(0)"))
@refuted(leave="sys.exit(0)", because="exit handlers end the Manager, whoever else still uses it")
def test_a_manager_serves_a_daemon(leave, programs, evidence):
    """A Manager that was started before the program became a daemon still serves the daemon.

    It depends on how the first process leaves.  os._exit(), as in the textbook, leaves the
    Manager alone.  sys.exit(), or the end of the script, runs the exit handler that shuts it down:
    the daemon gets FileNotFoundError or ConnectionRefusedError.  Instead: start managers, pools and
    threads, which are not copied by a fork, in the daemon.
    """
    program = programs.run(MANAGED.format(leave=leave))
    control(program.exit_code == 0, f"the first process ends well: {program}")
    assert evidence(daemon_gets=program.lines) == ["7"]


SUPERVISED = """
import multiprocessing, os, signal, sys, threading

def work(sending):
    os.close(1)
    os.close(2)
    sending.send(os.getpid())
    rest()

def rest():
    while True:  # a signal that comes just before a wait is handled only after it
        threading.Event().wait(0.1)

if __name__ == "__main__":
    if {handled}:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    receiving, sending = multiprocessing.Pipe(duplex=False)
    multiprocessing.Process(target=work, args=(sending,), daemon=True).start()
    print(receiving.recv(), flush=True)
    rest()
"""


@claim("DEPLOY30")
@cases(handler=("none", "sys.exit(0)"))
@refuted(handler="none", because="POSIX: without a handler SIGTERM ends one process, at once")
def test_workers_end_with_a_program_that_is_stopped(handler, programs, evidence):
    """When a supervisor stops a program by SIGTERM, its daemon processes end, too.

    systemd, docker stop and kill send SIGTERM.  Without a handler the program is gone at once, with
    -15 (143, says a shell), and no exit handler runs: workers, executors' too, and Managers live on
    as orphans, and hold its port.  With one that calls sys.exit(), exit handlers end them.
    Instead: signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)) in the main process.
    """
    handled = handler != "none"
    process = programs.start(SUPERVISED.format(handled=handled))
    worker = int(process.stdout.readline())
    process.terminate()
    code = process.wait(PATIENCE)
    control(code == (0 if handled else -signal.SIGTERM), f"it ends by SIGTERM: {code}")
    lives = never(lambda: state_of(worker) in ("", "Z"))
    outcome(os.kill, worker, signal.SIGKILL)
    programs.finish(process)
    assert evidence(exit_code=code, worker_lives=lives)[1] is False


def be_told_as_init(handled):
    """Be PID 1 of a namespace, which is sent SIGTERM; return its exit code."""
    reading, writing = os.pipe()
    ready, be_ready = os.pipe()

    def be_init():
        if handled:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
        os.write(be_ready, str(os.getpid()).encode())
        os.read(reading, 1)

    def look():
        pid = leaving(be_init)
        own = os.read(ready, 10)
        os.kill(pid, signal.SIGTERM)
        if not handled:
            os.write(writing, b".")  # it may end
        return {"own pid": int(own), "code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}

    return places.in_a_child_of(lambda: places.unshare(places.PIDS), look)


@claim("DEPLOY31")
@needs_linux
@cases(handler={"no handler": False, "a handler": True})
def test_pid_1_ignores_sigterm_without_a_handler(handler, programs, evidence):
    """A program that is PID 1, as in a container, ignores SIGTERM unless it has a handler for it.

    "docker stop" then waits for ten seconds and kills it, by SIGKILL, without any clean-up: exit
    code 137.  The kernel gives PID 1 no default actions.  (SIGINT works, for Python installs a
    handler for that.)  Instead: signal.signal(signal.SIGTERM, ...), or docker run --init.
    """
    seen = places.seen_in(programs, be_told_as_init, handler)
    control(seen["own pid"] == 1, f"it is PID 1: {seen}")
    assert evidence(exit_code=seen["code"]) == (3 if handler else 0)


def adopt_an_orphan():
    """Get an orphan, as PID 1 does; return its parent, its state after its end, and its reaper."""
    ready, be_ready = os.pipe()
    reading, writing = os.pipe()

    def wait_to_end():
        os.write(be_ready, str(os.getpid()).encode())
        os.read(reading, 1)

    def look():
        os.waitpid(leaving(lambda: leaving(wait_to_end)), 0)
        orphan = int(os.read(ready, 10))
        os.write(writing, b".")
        outcome(until, lambda: state_of(orphan) in ("", "Z"), "the end of the orphan")
        multiprocessing.active_children()  # it reaps its own
        stays = never(lambda: state_of(orphan) != "Z")
        return {"stays": stays, "reaped": outcome(os.waitpid, -1, 0) == (orphan, 0)}

    return places.in_a_child_of(places.adopt_orphans, look)


@claim("DEPLOY32")
@needs_linux
def test_nobody_reaps_the_orphans_of_pid_1(programs, evidence):
    """Orphans that PID 1 or a "subreaper" is given stay zombies until it calls os.waitpid(-1, 0).

    You might expect Python to reap them.  multiprocessing and subprocess reap only what they have
    started, so a container whose PID 1 is Python fills up: a zombie counts as a process, and then
    nothing can be started.  Instead: docker run --init, or tini; or a thread that calls
    os.waitpid(-1, 0), which takes the exit codes of all children, though.
    """
    seen = places.seen_in(programs, adopt_an_orphan)
    assert evidence(stays_a_zombie=seen["stays"], reaped_by_waitpid=seen["reaped"]) == (True, True)
