"""What programs for POSIX systems use, and Windows does not have.

Source: https://docs.python.org/3/library/os.html and signal.html, where "Availability: Unix"
"""

import importlib
import os
import subprocess
import sys

from tests.harness import (
    PATIENCE,
    WEBASSEMBLY,
    WINDOWS,
    applies,
    cases,
    claim,
    control,
    outcome,
    predicts,
    refuted,
)

every_spec = [applies(where=not WEBASSEMBLY, because="WebAssembly has many in name only")]

NAMES = (
    "os.setsid os.killpg os.getpgid os.wait os.nice os.mkfifo "
    "signal.SIGKILL signal.SIGHUP signal.SIGUSR1 signal.SIGALRM signal.SIGCHLD signal.pthread_kill "
    "select.poll"
).split()


@claim("DEPLOY43")
@predicts("N220")
@cases(name=NAMES)
@refuted(where=WINDOWS, because="Windows has neither these signals nor process groups of POSIX")
def test_names_of_posix_are_there(name, evidence):
    """os.setsid, os.killpg, os.getpgid, signal.SIGKILL and preexec_fn of subprocess are there.

    On Windows "AttributeError: module 'os' has no attribute 'setsid'" (or 'killpg', 'getpgid',
    'wait', 'nice', 'mkfifo'), "module 'signal' has no attribute 'SIGKILL'" (or 'SIGHUP', 'SIGUSR1',
    'SIGALRM', 'SIGCHLD', 'pthread_kill'), and "module 'select' has no attribute 'poll'"; select's
    epoll is there on Linux alone.  Instead: Popen(start_new_session=True) on POSIX, and
    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP on Windows; Popen.kill(), or signal.SIGTERM;
    psutil for whole trees of processes; the module selectors; a thread or a timeout in place of
    SIGALRM; hasattr() where there is no other way.
    """
    module, _, attribute = name.partition(".")
    found = evidence(found=outcome(getattr, importlib.import_module(module), attribute))
    assert not isinstance(found, AttributeError)


@claim("DEPLOY43")
@refuted(where=WINDOWS, because="there a program is started anew, and no fork can call a function")
def test_a_child_calls_a_function_before_it_executes(evidence):
    """Popen(preexec_fn=...) has the child call a function before it executes the program.

    On Windows "ValueError: preexec_fn is not supported on Windows platforms".
    """
    command = [sys.executable, "-c", ""]
    run = outcome(subprocess.run, command, preexec_fn=int, timeout=PATIENCE)
    assert getattr(evidence(run=run), "returncode", run) == 0


@claim("DEPLOY44")
@predicts("N221")
@cases(module=("fcntl", "resource", "termios", "pty", "pwd", "grp", "syslog"))
@refuted(
    where=WINDOWS,
    because="these modules are interfaces of POSIX systems",
    by="ModuleNotFoundError: No module named '",
)
def test_modules_of_posix_can_be_imported(module, evidence):
    """The modules fcntl, resource, termios, pty, pwd, grp and syslog can be imported.

    Programs lock files by fcntl.flock(), and set limits by resource.setrlimit().  On Windows
    "ModuleNotFoundError: No module named 'fcntl'", "No module named 'resource'", "No module named
    'termios'" (from pty and tty, too), 'pwd', 'grp' or 'syslog'.  Instead: the packages filelock or
    portalocker, or msvcrt.locking(); psutil; a try around the import.
    """
    assert evidence(module=importlib.import_module(module).__name__) == module


OPENING = """
import sys
with open(sys.argv[1]) as file:
    print("open", flush=True)
    sys.stdin.read()
"""


@claim("DEPLOY45")
@predicts("N222")
@cases(change=("rename", "remove"))
@refuted(
    where=WINDOWS,
    because="there a file that is open has its name for as long",
    by="PermissionError: [WinError 32]",
)
def test_a_file_that_is_open_can_be_renamed_and_removed(change, tmp_path, evidence):
    """A file that another process, or another thread, has open can be renamed and removed.

    On Windows "PermissionError: [WinError 32] The process cannot access the file because it is
    being used by another process", from os.remove(), os.rename(), the end of a TemporaryDirectory
    or shutil.rmtree(), and from RotatingFileHandler when it rotates a log to which several
    processes write: 'app.log' -> 'app.log.1'.  Instead: close the file, and wait() for children
    that have it, first; a log file for each process, or a QueueHandler to the one process that
    writes; NamedTemporaryFile(delete_on_close=False), since 3.12.
    """
    path = tmp_path / "file"
    path.write_text("text")
    command = [sys.executable, "-c", OPENING, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            control(child.stdout.readline() == "open\n", "the child has opened the file")
            if change == "rename":
                os.rename(path, tmp_path / "file.1")
            else:
                os.remove(path)
        finally:
            child.communicate(timeout=PATIENCE)
    assert evidence(exists=path.exists()) is False
