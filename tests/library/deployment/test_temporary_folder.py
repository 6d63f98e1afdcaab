"""The temporary folder: what has a socket there, and what happens if there is none, or a long one.

Source: https://docs.python.org/3/library/tempfile.html#tempfile.gettempdir
"""

import multiprocessing
import subprocess
import sys
import tempfile
from multiprocessing import util
from multiprocessing.connection import Listener
from pathlib import Path

from tests.harness import (
    LINUX,
    before,
    cases,
    claim,
    control,
    joined,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.deployment import places
from tests.library.deployment.places import needs_linux
from tests.library.multiprocessing.starting import SERVES_BY_DEFAULT, end_of

every_spec = [needs_posix]

#: Where sockets are abstract by default, and no files (gh-97514).
ABSTRACT = LINUX and before("3.10.9")

#: Whether spawn is the default where no folder can be written (gh-155717), which came after 3.14.7
#: and 3.15.0rc1.
SPAWNS_THERE = hasattr(util, "_has_writeable_tempdir")

#: A program of its own, since the default may be settled when multiprocessing is imported.
START_BY_DEFAULT = """
import multiprocessing

child = multiprocessing.Process(target=int)
child.start()
child.join()
raise SystemExit(child.exitcode)
"""


def start_by_default():
    program = [sys.executable, "-c", START_BY_DEFAULT]
    subprocess.run(program, check=True, capture_output=True, text=True)


def start_by(method):
    child = multiprocessing.get_context(method).Process(target=int)
    child.start()
    if joined(child) != [0]:
        raise ChildProcessError("the child failed")


def listen():
    Listener(family="AF_UNIX").close()


def use_a_manager():
    with multiprocessing.get_context("fork").Manager() as manager:
        manager.list()


THINGS = {
    "default": start_by_default,
    "forkserver": lambda: start_by("forkserver"),
    "Listener": listen,
    "Manager": use_a_manager,
    "fork": lambda: start_by("fork"),
    "spawn": lambda: start_by("spawn"),
    "Queue": multiprocessing.get_context("fork").Queue,
}


def tried(names=tuple(THINGS)):
    """Return what comes of each of these: "works", or the error."""
    found = {}
    for name in names:
        error = outcome(THINGS[name])
        if isinstance(error, subprocess.CalledProcessError):
            found[name] = (error.stderr.splitlines() or [CHILD_FAILED])[-1]
        else:
            failed = isinstance(error, Exception)
            found[name] = f"{type(error).__name__}: {error}" if failed else "works"
    return found


def on_a_read_only_disk():
    tempfile.tempdir = None  # looked for anew: some modules ask for it when they are imported
    return places.in_a_place(places.have_a_read_only_disk, tried)


def with_a_long_path(thing, folder):
    """Return what comes of it where the path of the temporary folder is long."""
    long = Path(folder, "x" * 100)
    long.mkdir()
    tempfile.tempdir = str(long)
    return tried([thing])[thing]


NONE_USABLE = "FileNotFoundError: [Errno 2] No usable temporary directory found in ["
CHILD_FAILED = "ChildProcessError: the child failed"


@claim("DEPLOY33")
@needs_linux
@cases(thing=("forkserver", "Listener", "Manager"))
def test_sockets_need_a_temporary_folder(thing, programs, evidence):
    """Where no folder can be written, the fork server, a Listener and a Manager cannot be started.

    "FileNotFoundError: [Errno 2] No usable temporary directory found in ..."; of a Manager it is
    the process that says so, and Manager() raises EOFError.  docker run --read-only, a full disk
    and a quota do that.  Instead: mount a tmpfs at /tmp; Listener(("127.0.0.1", 0)).
    """
    error = evidence(error=places.seen_in(programs, on_a_read_only_disk)[thing])
    assert error.startswith("EOFError" if thing == "Manager" else NONE_USABLE)


@claim("DEPLOY34")
@needs_linux
@cases(thing=("default", "fork", "spawn", "Queue"))
@refuted(
    where=since("3.14.0") and not SPAWNS_THERE,
    thing="default",
    because="3.14 made forkserver the default in place of fork (gh-84559), which needs a socket",
)
@refuted(
    where=since("3.16.0"),
    thing=("default", "spawn"),
    because="3.16 looks for a temporary folder when multiprocessing is imported (gh-155717)",
)
def test_a_read_only_disk_hinders_no_process(thing, programs, evidence):
    """Where no folder can be written, processes can be started, by default, and queues made.

    In 3.14.0 to 3.14.7, whose default is the fork server, start() raises FileNotFoundError, "No
    usable temporary directory found" (gh-84559; DEPLOY33): a container with a read-only disk that
    ran 3.13 fails.  3.14.10 and 3.15.2 spawn there (gh-155717).  In 3.16.0a0 importing
    multiprocessing raises the error, so a child of spawn fails, too.  Instead: mount a tmpfs at
    /tmp, or get_context("fork").
    """
    seen = evidence(outcome=places.seen_in(programs, on_a_read_only_disk)[thing])
    expected = seen == "works" or seen.startswith((NONE_USABLE, CHILD_FAILED))
    control(expected, f"it fails otherwise: {seen}")
    assert seen == "works"


@claim("DEPLOY35")
@predicts("RC38")
@cases(thing=("forkserver", "Listener"))
@refuted(
    where=before("3.13.6", "3.14.0") and not ABSTRACT,
    because="3.13.6 and 3.14 go to /tmp where the path would be too long (gh-132124)",
)
def test_a_long_temporary_folder_hinders_no_socket(thing, programs, tmp_path, evidence):
    """A Listener("AF_UNIX") and get_context("forkserver") work with a long TMPDIR.

    The path of a socket has at most 107 bytes (103 on macOS).  Up to 3.13.5 both raise "OSError:
    AF_UNIX path too long"; since 3.13.6 and 3.14 the socket then is in /tmp (gh-132124).  CI jobs,
    Bazel and macOS have such a TMPDIR.  Instead: TMPDIR=/tmp; Listener(("127.0.0.1", 0)).
    """
    seen = evidence(outcome=programs.call(with_a_long_path, thing, str(tmp_path)))
    control(seen in ("works", "OSError: AF_UNIX path too long"), f"it fails otherwise: {seen}")
    assert seen == "works"


REFUSED = """
import multiprocessing, sys

def refuse(event, arguments):
    if event == "socket.bind":
        raise PermissionError(1, "Operation not permitted")

def work():
    print("the child works", flush=True)

if __name__ == "__main__":
    sys.addaudithook(refuse)
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
"""


@claim("DEPLOY37")
@predicts("N61")
@refuted(where=SERVES_BY_DEFAULT, because="3.14 made forkserver the default, which needs a socket")
def test_processes_start_where_no_socket_may_be_bound(programs, evidence):
    """Where no Unix socket may be bound, a process can be started, by default.

    Sandboxes (seccomp, macOS' Seatbelt, those of coding agents) and some network file systems
    refuse it.  From 3.14 on Linux start() then raises "PermissionError: [Errno 1] Operation not
    permitted" out of multiprocessing/forkserver.py.  Instead: get_context("spawn"), or a TMPDIR on
    a local disk.  (Here an audit hook stands for the sandbox.)
    """
    program = programs.run(REFUSED)
    refused = "PermissionError: [Errno 1] Operation not permitted"
    assert end_of(program, evidence, refused) == ["the child works"]


CLEANED = """
import multiprocessing, shutil
from multiprocessing import util

def start():
    child = multiprocessing.Process(target=int)
    child.start()
    child.join()
    print("its exit code is", child.exitcode, flush=True)

if __name__ == "__main__":
    start()
    shutil.rmtree(util.get_temp_dir())
    start()
"""


@claim("DEPLOY39")
@predicts("N114")
@refuted(
    where=SERVES_BY_DEFAULT,
    because="3.14 made forkserver the default in place of fork (gh-84559): its socket is a file",
)
def test_a_process_starts_after_the_temporary_folder_was_cleaned(programs, evidence):
    """By default a process can be started after the temporary folder has been cleaned.

    systemd-tmpfiles and tmpwatch remove what is old in /tmp, the folder "pymp-..." among it.  From
    3.14 on start() of a program that runs for weeks then raises "FileNotFoundError: [Errno 2] No
    such file or directory", for the fork server's socket was there.  On all releases a Listener
    does so, too, and Manager() raises EOFError.  Instead: a line "x /tmp/pymp-*" in tmpfiles.d,
    PrivateTmp=, or TMPDIR in /run.
    """
    printed = end_of(programs.run(CLEANED), evidence, "FileNotFoundError")
    assert printed == ["its exit code is 0", "its exit code is 0"]
