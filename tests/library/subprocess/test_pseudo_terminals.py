"""Pseudo-terminals: forking into one beside threads, programs that print to one, and its end.

Source: https://docs.python.org/3/library/pty.html and
https://docs.python.org/3/library/os.html#os.openpty
"""

import importlib
import os
import subprocess
import threading
import warnings

from tests.harness import (
    LINUX,
    PATIENCE,
    PYPY,
    applies,
    cases,
    claim,
    control,
    needs_fork,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.subprocess.tether import readable

every_spec = [needs_fork]


def warnings_of_forkpty(function):
    """Return what a fork into a terminal beside another thread warns of, and its child's code."""
    module, _, name = function.partition(".")
    forkpty = getattr(importlib.import_module(module), name)
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    parent = os.getpid()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        child, terminal = forkpty()
        if os.getpid() != parent:
            os._exit(4)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    release.set()
    thread.join()
    return [f"{one.category.__name__}: {one.message}" for one in caught], code


FUNCTIONS = ("os.forkpty", "pty.fork")


def warnings_of_both():
    return {function: warnings_of_forkpty(function) for function in FUNCTIONS}


@claim("POPEN47")
@predicts("H06")
@cases(function=FUNCTIONS)
@refuted(
    where=since("3.12.0") and not PYPY,
    because="gh-100228: 3.12 warns where the parent has other threads",
)
def test_forking_into_a_terminal_beside_another_thread_is_silent(function, programs, evidence):
    """os.forkpty() and pty.fork() in a process with a second thread raise no warning.

    pexpect, ptyprocess and terminal servers fork like that.  Since 3.12 (gh-100228):
    "DeprecationWarning: This process (pid=...) is multi-threaded, use of forkpty() may lead to
    deadlocks in the child."; PyPy says nothing.  Instead: os.openpty(), and Popen with its end as
    the standard streams and start_new_session=True.
    """
    caught, code = programs.once(warnings_of_both)[function]
    control(code == 4, f"the child exits with 4, not {code}")
    about_threads = [text for text in caught if "use of forkpty() may lead to deadlocks" in text]
    assert evidence(warnings=about_threads) == []


PRINTING = """
import sys
print("first")
print("printed", file=sys.stderr, flush=True)
sys.stdin.readline()
"""


@claim("POPEN48")
@cases(stdout=("a pipe", "a terminal"))
@refuted(stdout="a pipe", because="Python fills a buffer if stdout is no terminal")
def test_a_python_program_prints_each_line_at_once(stdout, programs, evidence):
    """What a Python program prints with print() can be read at the end of each line.

    So it is on a terminal, a pseudo-terminal too, but through a pipe it comes at the end, or when 8
    KiB (since 3.14: 128 KiB) are full: the program works by hand, and seems to hang when another
    one reads its output, so stdout.readline() of a Popen blocks.  "tail -f log | grep a | grep b"
    is like that, too.  Instead: flush=True, python -u, or a pty.
    """
    ours, theirs = os.openpty() if stdout == "a terminal" else os.pipe()
    program = programs.start(PRINTING, stdout=theirs)
    control(program.stderr.readline().strip() == b"printed", "the program has printed")
    comes = readable(ours)
    programs.finish(program, send=b"\n")
    read = os.read(ours, 100)
    os.close(theirs)  # on macOS what a terminal has not handed on would hold up the program's end
    os.close(ours)
    control(read.strip() == b"first", f"it prints the line in the end: {read}")
    assert evidence(comes_while_it_runs=comes) is True


@claim("POPEN49")
@applies(where=LINUX, because="on Linux reading fails; elsewhere the end is that of a file")
def test_the_end_of_a_pseudo_terminal_is_an_error(evidence):
    """When the last process at a pseudo-terminal has ended, reading the other end raises OSError.

    You might expect b"", as at the end of a pipe: "OSError: [Errno 5] Input/output error" (EIO) is
    the end of file here, after all output has been read.  As long as the parent has the child's end
    open itself, reading waits forever instead.
    """
    ours, theirs = os.openpty()
    command = ["/bin/sh", "-c", "test -t 0 && test -t 1 && echo a terminal; exit 3"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    code = process.wait(PATIENCE)
    read, end = os.read(ours, 100), outcome(os.read, ours, 100)
    os.close(ours)
    assert evidence(returncode=code, read=read) == (3, b"a terminal\r\n")
    assert evidence(end=f"{type(end).__name__}: {end}") == f"OSError: [Errno 5] {os.strerror(5)}"
