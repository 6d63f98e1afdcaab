"""Dropped privileges and other roots: what a fork server keeps of the time at which it started.

The server is another process.  It stays who it was, and where it was, when the program changes its
user, its group or its root; and its socket belongs to the user of its start.

Source: https://docs.python.org/3/library/os.html#process-parameters
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile

from tests.harness import Inconclusive, cases, claim, control, joined, outcome, predicts
from tests.library.deployment import places
from tests.library.deployment.places import NOBODY_ELSE, needs_linux
from tests.library.multiprocessing.starting import needs_the_parent

every_spec = [needs_linux]


#: Tells who a process is, and whether it sees the old root.  No module of this suite has it, since
#: another user may not be able to import one.
TELL_WHO = """
import os
sending.send([os.geteuid(), os.getegid(), os.getgroups(), os.path.exists("/proc")])
"""


def who_a_child_is(context):
    """Start a child; return what it sends, or the error."""
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=exec, args=(TELL_WHO, {"sending": sending}))
    error = outcome(child.start)
    sending.close()
    if error is not None:
        return f"{type(error).__name__}: {error}"
    told = outcome(receiving.recv)
    return told if joined(child) == [0] else f"exit code {child.exitcode}"


def drop_to(function, number):
    """Change a user or a group; refused without the right to."""
    with places.refusing():
        function(number)


def drop_the_groups():
    with places.refusing():
        os.setgroups([NOBODY_ELSE])
        os.setgid(NOBODY_ELSE)


def move_to_another_root():
    if os.geteuid() != 0:
        places.unshare(places.MOUNTS)
    with places.refusing():
        os.chroot(os.getcwd())


DROPS = {
    "setuid": lambda: drop_to(os.setuid, NOBODY_ELSE),
    "seteuid": lambda: drop_to(os.seteuid, NOBODY_ELSE),
    "setgid": drop_the_groups,
    "chroot": move_to_another_root,
}


def prepare(context, drop, *, first):
    """Start the server before, if that is to be the first, and drop the privileges."""
    os.chdir(tempfile.tempdir)  # where children go as well
    if first:
        who_a_child_is(context)
    DROPS[drop]()


def after(drop, method=None, first=True):
    """Start a child, drop the privileges, start another; return who the second one is."""
    context = multiprocessing.get_context(method) if method else multiprocessing
    who_a_child_is(multiprocessing.get_context("fork"))  # imports what a child needs
    importlib.import_module("multiprocessing.popen_forkserver")
    # What the child makes there is removed by this process, which stays who it is.
    with tempfile.TemporaryDirectory(dir="/tmp") as tempfile.tempdir:
        os.chmod(tempfile.tempdir, 0o777)  # noqa: S103
        return places.in_a_child_of(
            lambda: prepare(context, drop, first=first), lambda: {"child": who_a_child_is(context)}
        )


def child_after(programs, drop, *arguments):
    child = places.seen_in(programs, after, drop, *arguments)["child"]
    lacking = ("PermissionError: [Errno 13]", "FileNotFoundError: [Errno 2]")
    control(isinstance(child, list) or child.startswith(lacking), f"it fails otherwise: {child}")
    return child


@claim("DEPLOY08")
@predicts("H20")
@cases(drop=("setuid", "seteuid"))
@needs_the_parent
def test_a_process_can_be_started_by_another_user(drop, programs, evidence):
    """By default a program that has dropped privileges by os.setuid() can start a process.

    Daemons do so after they have bound a port, and children are of the new user.  From 3.14 on
    Linux, if a process was started before, start() raises "PermissionError: [Errno 13] Permission
    denied": the fork server's socket belongs to the old user, as does the server (gh-84559).
    Instead: drop privileges before the first process is started, or get_context("fork").
    """
    child = evidence(child=child_after(programs, drop))
    assert child[0] == NOBODY_ELSE


@claim("DEPLOY09")
@predicts("H20")
@needs_the_parent
def test_a_process_can_be_started_in_another_root(programs, evidence):
    """By default a program can start a process after os.chroot().

    The child is in the new root.  From 3.14 on Linux, if a process was started before, start()
    raises "FileNotFoundError: [Errno 2] No such file or directory": the fork server's socket is
    outside (gh-84559); a new server, or spawn, needs an interpreter inside.  Instead:
    get_context("fork").
    """
    child = evidence(child=child_after(programs, "chroot"))
    assert child[3] is False


@claim("DEPLOY10")
@predicts("H20")
@needs_the_parent
def test_a_child_has_the_groups_of_its_parent(programs, evidence):
    """By default a child has the group ids that its parent has set by os.setgid().

    From 3.14 on Linux it has those of the fork server's start, without any error: it keeps what the
    parent has given up, such as the group root, and files that it makes belong to that (gh-84559).
    Instead: os.setgroups() and os.setgid() before the first process is started, or in the target.
    """
    child = evidence(child=child_after(programs, "setgid"))
    control(isinstance(child, list), f"it starts: {child}")
    assert child[1:3] == [NOBODY_ELSE, [NOBODY_ELSE]]


def run_python_as_another():
    """Return the exit code of a Python that another user starts, which imports multiprocessing."""

    def drop():
        drop_to(os.setuid, NOBODY_ELSE)

    def run():
        command = [sys.executable, "-c", "import multiprocessing.forkserver"]
        ended = outcome(subprocess.call, command, stderr=subprocess.DEVNULL)
        return {"exit code": ended if isinstance(ended, int) else repr(ended)}

    return places.in_a_child_of(drop, run)


@claim("DEPLOY11")
@predicts("H20")
def test_a_fork_server_serves_the_user_who_starts_it(programs, evidence):
    """If no process was started before os.setuid(), the fork server starts, and serves, after it.

    So the order decides: first the privileges, then the first Process, Pool or executor.  Its
    children are of the new user.  The temporary folder must be one where that user may write.
    """
    if places.seen_in(programs, run_python_as_another)["exit code"] != 0:
        raise Inconclusive(f"other users cannot run {sys.executable}")
    child = child_after(programs, "setuid", "forkserver", False)
    assert evidence(child=child)[0] == NOBODY_ELSE
