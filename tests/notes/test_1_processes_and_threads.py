"""Section 1 of the notes: what a process is, what a thread is, and what each of them shares.

Source: https://docs.python.org/3/library/threading.html#introduction
"""

import contextvars
import itertools
import os
import signal
import sys
import threading
import time

from tests.harness import (
    FORK,
    FREE_THREADED_BUILD,
    NO_GIL,
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    gil_enabled,
    joined,
    raises,
    refuted,
    started,
    until,
)

#: A switch interval (in seconds) that never ends while a spec runs: no thread is pre-empted.
NEVER = 1000

#: Seconds in which a thread is interrupted several times where the switch interval is its default.
SEVERAL_TURNS = 0.3 if PYPY else 0.05

#: Counts its first step, tells its pid and the count, and lives until it is sent a line.
PROGRAM = """\
import os, sys
count = 0
count += 1
print(os.getpid(), count, flush=True)
sys.stdin.readline()
"""


@claim("1.01")
def test_each_run_of_a_program_is_a_process_of_its_own(programs, background, evidence):
    """Each run of a program is a new process that starts from the initial state.

    The pids are compared while both runs live: the pid of a process that has ended is reused.
    """
    runs, told = [], []
    for _ in range(2):
        runs.append(programs.start(PROGRAM))
        told.append(background(runs[-1].stdout.readline).result().decode().split())
    still_running = [run.poll() is None for run in runs]
    evidence(pids=len({pid for pid, _ in told}), counts=[count for _, count in told])
    assert still_running == [True, True]
    assert told == [[str(run.pid), "1"] for run in runs]
    assert runs[0].pid != runs[1].pid
    assert [programs.finish(run, send=b"\n").exit_code for run in runs] == [0, 0]


number = 1


def assign_the_number(report, value):
    global number
    before, number = number, value
    report.hold((os.getpid(), before, number))


@claim("1.02")
def test_what_a_child_assigns_its_parent_does_not_see(ctx, reports, evidence):
    """A process has its own memory: what a child assigns, its parent does not see."""
    child = ctx.Process(target=assign_the_number, args=(reports.reporter, 2))
    child.start()
    in_child = reports.next()
    while_child_lives = number
    reports.release()
    assert joined(child) == [0]
    evidence(child=in_child[1:], parent=(while_child_lives, number))
    assert in_child == (child.pid, 1, 2)
    assert child.pid != os.getpid()
    assert (while_child_lives, number) == (1, 1)


setting = {"assigned": "at import"}


def tell_the_setting(report):
    report.hold("started")
    report(setting["assigned"])


@claim("1.03")
def test_a_running_child_never_sees_what_its_parent_assigns(
    ctx, start_method, reports, monkeypatch, evidence
):
    """What a parent assigns after start() the running child does not see.

    A forked child has the values of the moment of start(), any other those of a fresh import.
    """
    monkeypatch.setitem(setting, "assigned", "before start()")
    child = ctx.Process(target=tell_the_setting, args=(reports.reporter,))
    child.start()
    control(reports.next() == "started", "the child must run before the parent assigns")
    setting["assigned"] = "after start()"
    reports.release()
    seen = reports.next()
    evidence(child_sees=seen)
    assert joined(child) == [0]
    assert seen == ("before start()" if start_method == "fork" else "at import")


def count_threads():
    return threading.active_count(), len(sys._current_frames())


def fork_beside_threads(count):
    """Return the threads and stacks of a process with extra threads, and of its forked child."""
    readable, writable = os.pipe()
    forked = threading.Event()
    threads = started(threading.Thread(target=forked.wait, args=(PATIENCE,)) for _ in range(count))
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writable, repr(count_threads()).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.set_blocking(readable, False)
    in_parent, in_child = count_threads(), os.read(readable, 100).decode()
    forked.set()
    joined(*threads)
    return in_parent, eval(in_child)


@claim("1.04")
@applies(where=FORK, because="os.fork() exists only on POSIX")
def test_a_forked_child_has_one_thread_and_one_stack(programs, evidence):
    """A process has its own stacks: a forked child has one, whatever its parent had.

    Only the thread that forks goes on in the child.  What the others held, such as a lock, stays
    held for ever, so CPython warns of a fork beside threads since 3.12 (gh-100228).
    """
    in_parent, in_child = programs.call(fork_beside_threads, 3)
    evidence(parent=in_parent, child=in_child)
    control(in_parent == (4, 4), "the parent must have four threads while it forks")
    assert in_child == (1, 1)


def fill(report, ordinary, made_for_sharing):
    ordinary.append(7)
    made_for_sharing[0] = 7
    report((os.getpid(), ordinary, list(made_for_sharing)))


@claim("1.05")
def test_processes_share_only_memory_that_was_made_for_sharing(ctx, reports, evidence):
    """Processes share no object, only messages and memory made for sharing.

    A message is a copy, whatever carries it: a pipe, a queue, a socket.
    """
    ordinary, made_for_sharing = [], ctx.RawArray("i", 1)
    child = ctx.Process(target=fill, args=(reports.reporter, ordinary, made_for_sharing))
    child.start()
    message = reports.next()
    assert joined(child) == [0]
    evidence(child=message[1:], parent=(ordinary, list(made_for_sharing)))
    assert message == (child.pid, [7], [7])
    assert ordinary == []
    assert list(made_for_sharing) == [7]


@claim("1.06")
def test_all_threads_run_in_one_and_the_same_process(evidence):
    """All threads run in one process: same pid and modules, an id for each."""
    here = []
    everyone_here = threading.Barrier(4)  # idents are unique only among threads that live

    def look():
        here.append((threading.get_ident(), threading.get_native_id(), os.getpid(), sys.modules))
        everyone_here.wait(PATIENCE)

    threads = started(threading.Thread(target=look) for _ in range(3))
    look()
    joined(*threads)
    idents, native_ids, pids, modules = zip(*here, strict=True)
    evidence(pids=len(set(pids)), idents=len(set(idents)), native_ids=len(set(native_ids)))
    assert pids == (os.getpid(),) * 4
    assert all(each is sys.modules for each in modules)
    assert set(idents) == {threading.get_ident(), *(thread.ident for thread in threads)}
    assert len(set(idents)) == len(set(native_ids)) == 4


def change_in_one_thread_and_look_in_others():
    """Return what a thread that ran all the time, and the main one, see of another's changes."""
    meeting = threading.Barrier(2)
    readable, writable = os.pipe()
    opened, seen = [], []

    def look():
        first, second = os.read(readable, 1), os.read(opened[0], 1)
        handled = signal.getsignal(signal.SIGTERM) is on_signal
        seen.append((os.getcwd() == os.path.abspath(os.sep), os.environ.get("CHANGED"), handled))
        seen.append(first + second)

    def look_after_the_changes():
        meeting.wait(PATIENCE)
        meeting.wait(PATIENCE)
        look()

    def change():
        os.chdir(os.sep)
        os.environ["CHANGED"] = "yes"
        opened.append(os.dup(readable))
        os.write(writable, b"abcd")

    def on_signal(*_):
        pass

    looker = threading.Thread(target=look_after_the_changes)
    looker.start()
    meeting.wait(PATIENCE)
    joined(*started([threading.Thread(target=change)]))
    signal.signal(signal.SIGTERM, on_signal)  # only the main thread may
    meeting.wait(PATIENCE)
    joined(looker)
    look()
    return seen


@claim("1.07")
def test_threads_share_folder_environment_descriptors_and_handlers(programs, evidence):
    """Threads share folder, environment, open descriptors and signal handlers.

    So os.chdir() in one thread moves all of them, even those that ran before it.
    """
    seen = programs.call(change_in_one_thread_and_look_in_others)
    evidence(other_thread=seen[:2], main_thread=seen[2:])
    assert seen[:2] == [(True, "yes", True), b"ab"]
    assert seen[2:] == [(True, "yes", True), b"cd"]


@claim("1.08")
def test_a_thread_enters_its_function_once_and_by_itself(evidence):
    """A thread has one entry point, its target or run(), entered once by itself.

    A Thread starts once only; calling run() instead of start() stays in the caller's thread.
    """
    entered = []

    def enter():
        entered.append((threading.get_ident(), threading.current_thread().is_alive()))

    class Runner(threading.Thread):
        def run(self):
            enter()

    threads = [threading.Thread(target=enter), Runner()]
    before = [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.start()
        joined(thread)
        with raises(RuntimeError):
            thread.start()
    after = [thread.is_alive() for thread in threads]
    evidence(entered=len(entered), alive=(before, [alive for _, alive in entered], after))
    assert entered == [(thread.ident, True) for thread in threads]
    assert threading.get_ident() not in (thread.ident for thread in threads)
    assert (before, after) == ([False, False], [False, False])


@claim("1.09")
def test_the_steps_of_one_thread_come_in_program_order(evidence):
    """Within one thread execution is sequential: its steps come in program order.

    Across threads there is no order but the one that they arrange, here by a barrier.
    """
    log = []
    everyone_stepped = threading.Barrier(3)

    def step(name):
        for number in range(20):
            log.append((name, number))
            everyone_stepped.wait(PATIENCE)

    joined(*started(threading.Thread(target=step, args=(name,)) for name in "abc"))
    of_each = {name: [number for who, number in log if who == name] for name in "abc"}
    switches = sum(one[0] != next_one[0] for one, next_one in itertools.pairwise(log))
    evidence(steps=len(log), changes_of_thread=switches)
    control(switches >= 20, "the threads must have run beside each other")
    assert of_each == {name: list(range(20)) for name in "abc"}


class Failure(Exception):
    """What the failing thread raises."""


def fail():
    raise Failure


#: How a program goes on when threads of it end by an exception and by SystemExit.
ENDINGS = """\
import sys, threading
class Failure(Exception): pass
def fail(): raise Failure
for target in (fail, sys.exit):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
print("the process goes on")
"""


@claim("1.10")
def test_a_thread_ends_by_return_or_exception_and_ends_alone(programs, monkeypatch, evidence):
    """A thread ends by return, exception or SystemExit, and it ends alone.

    threading.excepthook hears of the exception and of SystemExit; the one that is installed by
    default prints the former and ignores the latter.
    """
    heard = []

    def hear(args):
        heard.append((args.thread.name, args.exc_type.__name__))

    monkeypatch.setattr(threading, "excepthook", hear)
    may_end = threading.Event()
    bystander = threading.Thread(target=may_end.wait, args=(PATIENCE,))
    endings = {"return": int, "exception": fail, "exit": sys.exit}
    ended = [threading.Thread(target=target, name=name) for name, target in endings.items()]
    started([bystander, *ended])
    joined(*ended)
    alive = [thread.is_alive() for thread in (bystander, *ended)]
    may_end.set()
    joined(bystander)
    program = programs.run(ENDINGS)
    evidence(heard=sorted(heard), exit_code=program.exit_code)
    assert alive == [True, False, False, False]
    assert sorted(heard) == [("exception", "Failure"), ("exit", "SystemExit")]
    assert (program.exit_code, program.lines) == (0, ["the process goes on"])
    assert program.err.count("Exception in thread") == program.err.count("Traceback") == 1
    assert "SystemExit" not in program.err


def spin_until_another_thread_ends_it():
    """Return the steps of a loop that nothing but another thread ends, and not before 1000."""
    steps, ended = [0], [False]

    def end_the_loop():
        while steps[0] < 1000:
            pass
        ended[0] = True

    thread = threading.Thread(target=end_the_loop)
    thread.start()
    while not ended[0]:
        steps[0] += 1
    joined(thread)
    return steps[0]


@claim("1.11")
def test_a_running_thread_can_be_interrupted_at_any_point(programs, evidence):
    """A running thread can be interrupted: others get their turn all the same.

    Neither thread has a call that could give way.  A free-threaded build runs this with its GIL
    on, because without a GIL (PEP 703) both threads just run.
    """
    options = ["-X", "gil=1"] if FREE_THREADED_BUILD else []
    steps = programs.call(spin_until_another_thread_ends_it, options=options)
    evidence(steps_before_the_loop_was_ended=steps)
    assert steps >= 1000


def spin_beside_a_thread_that_could_run(seconds):
    """Return the other thread's steps while this one spins, and after it has waited at last."""
    sys.setswitchinterval(NEVER)
    ready, go, steps = threading.Event(), threading.Lock(), [0]
    go.acquire()

    def step():
        ready.set()
        go.acquire()
        steps[0] += 1

    thread = threading.Thread(target=step)
    thread.start()
    ready.wait(PATIENCE)
    go.release()
    end = time.perf_counter() + seconds
    while not steps[0] and time.perf_counter() < end:
        pass
    meanwhile = steps[0]
    joined(thread)
    return meanwhile, steps[0]


@claim("1.12")
@refuted(where=NO_GIL, because="PEP 703: without the GIL the other thread just runs")
def test_the_switch_interval_alone_interrupts_a_running_thread(programs, evidence):
    """With an endless switch interval a busy thread is never interrupted.

    sys.setswitchinterval() says after how many seconds a thread must let go of the GIL.  Without a
    GIL nothing waits for it.  Instead: a lock around what must not be disturbed.
    """
    # A watch that must see nothing is short; one that must see something ends when it does.
    seconds = SEVERAL_TURNS if gil_enabled() else PATIENCE
    meanwhile, after = programs.call(spin_beside_a_thread_that_could_run, seconds)
    evidence(steps_of_the_other_meanwhile=meanwhile, after=after)
    control(after == 1, "the other thread must run once the first one waits")
    assert meanwhile == 0


def suspend_threads_and_go_on():
    """Return, in order, the steps of threads that are suspended and of the main one."""
    sys.setswitchinterval(NEVER)
    readable, writable = os.pipe()
    log = []

    def read():
        log.append("reads")
        log.append(os.read(readable, 1))

    def sleep():
        log.append("sleeps")
        time.sleep(NEVER)
        log.append("woke")

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: log, "the reader to begin")
    # A daemon: it need not wake for the process to end.
    threading.Thread(target=sleep, daemon=True).start()
    until(lambda: "sleeps" in log, "the sleeper to begin")
    log.append("main goes on")
    os.write(writable, b"x")
    joined(reader)
    return log


@claim("1.13")
def test_other_threads_go_on_while_one_is_suspended(programs, evidence):
    """A thread can be suspended, reading or sleeping, while others go on.

    The switch interval is endless here, so under a GIL nobody goes on unless a thread lets go.
    """
    log = programs.call(suspend_threads_and_go_on)
    evidence(order=log)
    assert log == ["reads", "sleeps", "main goes on", b"x"]


def hand_control_to_and_fro(rounds):
    """Return the order of the steps of two threads that wake each other in turn."""
    sys.setswitchinterval(NEVER)
    log, turns = [], {"ping": threading.Event(), "pong": threading.Event()}

    def play(me, other):
        for _ in range(rounds):
            if turns[me].wait(PATIENCE):
                turns[me].clear()
                log.append(me)
                turns[other].set()

    players = [("ping", "pong"), ("pong", "ping")]
    threads = started(threading.Thread(target=play, args=player) for player in players)
    turns["ping"].set()
    joined(*threads)
    return log


@claim("1.14")
def test_threads_that_wait_pass_control_to_and_fro(programs, evidence):
    """To be suspended is to yield: waiting threads pass control to and fro.

    The switch interval is endless here, so under a GIL only waiting lets the other thread run.
    """
    log = programs.call(hand_control_to_and_fro, 50)
    evidence(turns=len(log), first=log[:4])
    assert log == ["ping", "pong"] * 50


@claim("1.15")
def test_threads_see_the_same_objects_and_all_changes(evidence):
    """Threads of a process share its data: one object, every change seen by all."""
    shared, seen = [], []
    everyone_here = threading.Barrier(5)

    def change_and_look(data, name):
        data.append(name)
        everyone_here.wait(PATIENCE)
        seen.append((data is shared, sorted(data)))

    joined(*started(threading.Thread(target=change_and_look, args=(shared, n)) for n in range(5)))
    evidence(changes=sorted(shared), seen_by=len(seen))
    assert seen == [(True, [0, 1, 2, 3, 4])] * 5
    assert sorted(shared) == [0, 1, 2, 3, 4]


variable = contextvars.ContextVar("variable")


@claim("1.16")
def test_locals_and_context_variables_belong_to_one_thread(evidence):
    """Locals, threading.local attributes and ContextVar values are a thread's own.

    A new thread may begin with a copy of its starter's ContextVar values: by default on
    free-threaded builds since 3.14, elsewhere on request.  What is set later is not shared.
    """
    own, seen = threading.local(), []
    everyone_set = threading.Barrier(3)
    own.value = "of the main thread"

    def set_and_look(mine):
        before = hasattr(own, "value")
        own.value = mine
        variable.set(mine)
        everyone_set.wait(PATIENCE)
        seen.append((before, mine, own.value, variable.get()))

    joined(*started(threading.Thread(target=set_and_look, args=(name,)) for name in "abc"))
    in_main = own.value, variable.get("unset")
    evidence(threads=sorted(seen), main=in_main)
    assert sorted(seen) == [(False, name, name, name) for name in "abc"]
    assert in_main == ("of the main thread", "unset")
