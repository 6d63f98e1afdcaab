"""What the system keeps for a process: environment, umask, limits, signals, descriptors, group.

The claims on the default start method are those that programs for Python 3.13 on Linux rely on.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import ast
import multiprocessing
import os
import signal
import sys
import threading

from tests.harness import (
    FORK,
    LINUX,
    WINDOWS,
    Inconclusive,
    applies,
    cases,
    claim,
    concerns,
    control,
    needs_fork,
    outcome,
    predicts,
    refuted,
)
from tests.library.multiprocessing.inheriting import (
    found,
    found_by_children,
    in_a_default_child,
    start_the_fork_server,
)
from tests.library.multiprocessing.starting import METHODS, needs_a_copy, needs_the_parent

#: Windows knows of a umask only whether the owner may write.
UMASK = 0o200 if WINDOWS else 0o027

#: Descriptors that no child has by chance.
CLOSED_ON_EXEC, INHERITABLE = 150, 151  # below the least limit that the suite runs with

CHILDREN = ("default", *METHODS)


def change_everything():
    os.environ["SET_LATE"] = "late"
    os.environ["SET_EARLY"] = "changed"
    del os.environ["DELETED"]
    if FORK:
        change_what_posix_has()
    os.umask(UMASK)
    _, writing = os.pipe()
    os.dup2(writing, CLOSED_ON_EXEC, inheritable=False)
    os.dup2(writing, INHERITABLE, inheritable=True)
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    sys.path.insert(0, "/added by the parent")
    sys.argv[:] = ["changed", "by the parent"]
    multiprocessing.current_process().authkey = b"changed by the parent"


def change_what_posix_has():
    import resource

    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 7, hard))
    os.nice(1)


def facts():
    """Return what this process finds, by name, as literals."""
    umask = os.umask(0o022)
    os.umask(umask)
    return {
        "environment": [os.environ.get(name) for name in ("SET_LATE", "SET_EARLY", "DELETED")],
        "umask": oct(umask),
        "writing": [repr(outcome(os.write, n, b".")) for n in (CLOSED_ON_EXEC, INHERITABLE)],
        "directory": os.getcwd(),
        "path": sys.path,
        "argv": sys.argv,
        "authkey": bytes(multiprocessing.current_process().authkey),
        "threads": [thread.name for thread in threading.enumerate()],
        "pid": os.getpid(),
        "getppid": os.getppid(),
        **(what_posix_has() if FORK else {}),
    }


def what_posix_has():
    import resource

    return {
        "ignored signal": signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN,
        "blocked signal": signal.SIGUSR2 in signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "limit of files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "niceness": os.nice(0),
        "group and session": (os.getpgid(0), os.getsid(0)),
    }


def observe():
    """Change everything, and return the facts before, in children of each kind, and after."""
    os.environ.update(SET_EARLY="early", DELETED="early")
    os.umask(0o022)  # it may be UMASK already, and would not be changed
    start_the_fork_server()
    before = {**facts(), "path": sys.path.copy(), "argv": sys.argv.copy()}
    change_everything()
    end = threading.Event()
    threading.Thread(target=end.wait, name="beside", daemon=True).start()
    children = found_by_children(tell_facts)
    parent = facts()
    end.set()
    return {"before": before, **children, "parent": parent}


def tell_facts(sending):
    sending.send(facts())


def in_every_child(seen):
    return [seen[child] for child in CHILDREN]


@claim("INHERIT01")
@needs_the_parent
def test_a_child_sees_the_environment_at_start(programs, evidence):
    """By default a child has the environment that os.environ has at its start().

    From 3.14 on Linux it has the environment with which the fork server was started, with the first
    child: a variable that was set in the parent's os.environ since then is not seen in the child
    process (KeyError), a changed one is old, a deleted one is back, and start() raises nothing
    (gh-84559).  Instead: set what children need before the first one is started, or in the target,
    or pass it.
    """
    child = in_a_default_child(programs, observe, "environment")
    assert evidence(set_late_changed_and_deleted=child) == ["late", "changed", None]


@claim("INHERIT02")
@needs_the_parent
@refuted(where=WINDOWS, because="Windows: each process begins with a umask of 0")
def test_a_child_has_the_parents_umask(programs, evidence):
    """By default a child has the umask that the parent has set by os.umask().

    From 3.14 on Linux it has that of the fork server's start: others may be able to read the files
    that a child makes although the parent has forbidden it (gh-84559).  On Windows it is always 0.
    Instead: call os.umask() before the first child is started, or in the target.
    """
    assert evidence(child=in_a_default_child(programs, observe, "umask")) == oct(UMASK)


@claim("INHERIT03")
@needs_fork
@needs_the_parent
def test_a_signal_that_the_parent_ignores_is_ignored(programs, evidence):
    """By default a signal that the parent ignores, by SIG_IGN, is ignored by a child.

    The system keeps that through exec, so spawned children have it as well.  From 3.14 on Linux the
    signal ends the child, if the parent began to ignore it after its first child was started
    (gh-84559).  Instead: call signal.signal() in the target.
    """
    assert evidence(ignored=in_a_default_child(programs, observe, "ignored signal")) is True


@claim("INHERIT04")
@needs_fork
@needs_the_parent
def test_a_signal_that_the_parent_blocks_is_blocked(programs, evidence):
    """By default a signal that the parent's thread blocks at start() is blocked in a child.

    Programs call signal.pthread_sigmask() before and after start() to keep a signal from a child
    that is not ready.  From 3.14 on Linux the child has the mask with which the fork server was
    started (gh-84559).  Instead: block the signal in the target.
    """
    assert evidence(blocked=in_a_default_child(programs, observe, "blocked signal")) is True


@claim("INHERIT05")
@needs_fork
@needs_the_parent
def test_a_child_has_the_parents_resource_limits(programs, evidence):
    """By default a child has the limits that the parent has set by resource.setrlimit().

    From 3.14 on Linux it has those of the fork server's start: a limit of memory or files does not
    hold for children (gh-84559).  Instead: set it before the first child is started, or in the
    target.
    """
    before = found(programs, observe, "limit of files")["before"]
    assert evidence(child=in_a_default_child(programs, observe, "limit of files")) == before - 7


@claim("INHERIT06")
@needs_fork
@cases(kept=("environment", "umask", "blocked signal", "limit of files"))
def test_the_servers_children_are_as_it_was_started(kept, programs, evidence):
    """Environment, umask, blocked signals and limits are the parent's, except under forkserver.

    The fork server is started with the first child, and its children are copies of it: they have
    what the parent had then.  Forked and spawned children have what the parent has at start().
    """
    seen = found(programs, observe, kept)
    evidence(**seen)
    control(seen["parent"] != seen["before"], "the parent has changed it")
    assert seen["fork"] == seen["spawn"] == seen["parent"]
    assert seen["forkserver"] == seen["before"]


@claim("INHERIT07")
@concerns("descriptor as an argument")
@predicts("RC44")
@needs_a_copy
def test_a_child_can_use_an_open_descriptor(programs, evidence):
    """By default a child can write to a descriptor that the parent opened, given its number.

    From 3.14, on macOS since 3.8 and on Windows always, the number is invalid in a child, or means
    another file: "OSError: [Errno 9] Bad file descriptor".  os.set_inheritable() does not help: the
    server was started before, and closes all descriptors that it is not given (gh-84559).  Instead:
    pass a Connection, a socket, or multiprocessing.reduction.DupFd(number); or open the file in the
    child.
    """
    child = in_a_default_child(programs, observe, "writing")
    assert evidence(writing=child) == ["1", "1"]


@claim("INHERIT08")
def test_descriptors_are_open_in_forked_children_only(programs, evidence):
    """An open descriptor, inheritable or not, is open in a forked child, and closed in others."""
    seen = found(programs, observe, "writing")
    evidence(**seen)
    both, closed = ["1", "1"], seen["before"]
    control(seen["parent"] == both, "the parent has opened the numbers")
    control("1" not in closed, "they were closed before")
    assert [seen[m] for m in METHODS] == [both if m == "fork" else closed for m in METHODS]


@claim("INHERIT09")
def test_a_fork_servers_children_have_another_parent(programs, evidence):
    """Forked and spawned children are children of the caller; a fork server's are the server's."""
    parents, pids = found(programs, observe, "getppid"), found(programs, observe, "pid")
    evidence(getppid=parents, pids=pids)
    own = {method: parents[method] == pids["parent"] for method in METHODS}
    assert own == {method: method != "forkserver" for method in METHODS}
    assert parents.get("forkserver") not in (parents["parent"], *pids.values())


@claim("INHERIT09")
def test_each_child_is_a_process_of_its_own(programs, evidence):
    """Every start method makes a new process, and Process.pid is its os.getpid()."""
    told, pids = found(programs, observe, "Process.pid"), found(programs, observe, "pid")
    evidence(Process_pid=told, getpid=pids)
    assert in_every_child(told) == in_every_child(pids)
    assert len({*in_every_child(pids), pids["parent"]}) == len(CHILDREN) + 1


@claim("INHERIT10")
def test_the_working_directory_is_the_parents(programs, evidence):
    """A child of every start method has the working directory of its parent at start().

    From 3.14, and on macOS since 3.8, start() raises FileNotFoundError, by default, if that
    directory was removed (Windows does not let it be removed).
    """
    seen = found(programs, observe, "directory")
    evidence(**seen)
    control(seen["parent"] == os.path.join(seen["before"], "elsewhere"), "the parent has moved")
    assert in_every_child(seen) == [seen["parent"]] * len(CHILDREN)


@claim("INHERIT11")
def test_sys_path_is_the_parents_at_start(programs, evidence):
    """A child of every start method has the sys.path of its parent, in the same order."""
    seen = found(programs, observe, "path")
    start = found(programs, observe, "directory")["before"]
    paths = {who: [entry or start for entry in path] for who, path in seen.items()}
    evidence(first={who: path[:2] for who, path in paths.items()})
    control(seen["parent"][0] == "/added by the parent", "the parent has changed it")
    assert in_every_child(paths) == [paths["parent"]] * len(CHILDREN)


@claim("INHERIT12")
def test_sys_argv_is_the_parents_at_start(programs, evidence):
    """A child of every start method has the sys.argv of its parent, as changed at run time."""
    seen = found(programs, observe, "argv")
    evidence(**seen)
    assert in_every_child(seen) == [["changed", "by the parent"]] * len(CHILDREN)


@claim("INHERIT13")
def test_the_authentication_key_is_the_parents(programs, evidence):
    """A child of every start method has the authkey of its parent, as changed at run time."""
    seen = found(programs, observe, "authkey")
    control(len(seen["before"]) == 32, "the parent's first key is random")
    assert evidence(children=in_every_child(seen)) == [b"changed by the parent"] * len(CHILDREN)


@claim("INHERIT14")
@needs_fork
def test_children_belong_to_the_parents_process_group(programs, evidence):
    """A child of every start method belongs to the process group and the session of its parent.

    So Ctrl-C in a terminal, and os.killpg(), reach them all, a fork server's children too, unless
    the parent calls os.setsid() or os.setpgid() after its first child was started (INHERIT45).
    """
    seen, pids = found(programs, observe, "group and session"), found(programs, observe, "pid")
    evidence(**seen)
    control(seen["parent"] == (pids["parent"], pids["parent"]), "the parent leads its group")
    assert in_every_child(seen) == [seen["parent"]] * len(CHILDREN)


@claim("INHERIT15")
def test_a_child_has_no_thread_but_its_main(programs, evidence):
    """A child of every start method has only its main thread, whatever threads the parent has."""
    seen = found(programs, observe, "threads")
    evidence(**seen)
    control(seen["parent"] == ["MainThread", "beside"], "the parent has another thread")
    assert in_every_child(seen) == [["MainThread"]] * len(CHILDREN)


@claim("INHERIT45")
@predicts("N05")
@needs_fork
@needs_the_parent
def test_a_child_has_the_parents_niceness(programs, evidence):
    """By default a child has the priority that the parent has set by os.nice().

    From 3.14 on Linux it has that of the fork server's start, with the first child, and so it has
    the process group, the session and the CPU affinity of then (gh-84559): after os.setsid() or
    os.setpgid() in the parent os.killpg() misses the children.  Instead: call them before the first
    child is started, or in the target.
    """
    seen = found(programs, observe, "niceness")
    if seen["parent"] == seen["before"]:
        raise Inconclusive("the suite has the lowest priority already, and cannot lower it")
    assert evidence(child=in_a_default_child(programs, observe, "niceness")) == seen["parent"]


REDIRECTED = """
import multiprocessing, os, tempfile

def say():
    print("child", flush=True)

def printed_by_a_child(standard_output):
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        child = multiprocessing.Process(target=say)
        child.start()
        child.join()
        os.dup2(standard_output, 1)
        file.seek(0)
        return file.read().decode()

if __name__ == "__main__":
    standard_output = os.dup(1)
    print([printed_by_a_child(standard_output) for _ in range(2)])
"""


@claim("INHERIT46")
@predicts("N06")
@needs_fork
@needs_the_parent
def test_a_child_prints_where_the_parent_has_redirected_its_output(programs, evidence):
    """By default a child's standard output is the file to which os.dup2() has redirected it.

    pytest does that for each test (capfd), and so do daemons.  From 3.14 on Linux a child prints to
    where that went when the fork server was started, with the first child: the first file is
    written to, later ones stay empty, and no error is raised (gh-84559).  Instead: redirect before
    the first child is started, or pass multiprocessing.reduction.DupFd(number) and call os.dup2()
    in the target.
    """
    program = programs.run(REDIRECTED)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    first, later = evidence(printed=ast.literal_eval(program.out))
    control(first == "child\n", "the first child prints to the first file")
    assert later == "child\n"


LISTED = """
import multiprocessing

def list_itself():
    with open("/proc/self/cmdline") as file:
        print(file.read().split(chr(0)), flush=True)

if __name__ == "__main__":
    list_itself()
    child = multiprocessing.Process(target=list_itself)
    child.start()
    child.join()
"""


@claim("INHERIT47")
@predicts("N112")
@applies(where=LINUX, because="only Linux has /proc/self/cmdline")
@needs_the_parent
def test_a_child_is_listed_under_the_command_line_of_its_parent(programs, evidence):
    """By default a child is listed under its parent's command line: "python script.py".

    ps, top, pgrep -f and supervisors look for the script there.  From 3.14 on Linux a child is
    listed as "python -c import sys; from multiprocessing.forkserver import main; ...", and under
    spawn as "python -c from multiprocessing.spawn import spawn_main; ...", so that pkill -f
    script.py misses the workers.  Instead: a process group (os.setpgid()), the package
    setproctitle, or get_context("fork").
    """
    program = programs.run(LISTED)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    parent, child = map(ast.literal_eval, program.lines)
    assert evidence(child=child) == parent
