"""Which of the parent's descriptors a subprocess has: close_fds, pass_fds, and what is inheritable.

Source: https://docs.python.org/3/library/os.html#inheritance-of-file-descriptors
"""

import contextlib
import os
import platform
import subprocess
import warnings

from tests.harness import (
    LINUX,
    PATIENCE,
    applies,
    cases,
    claim,
    control,
    needs_posix,
    outcome,
    refuted,
)
from tests.library.subprocess.tether import readable

every_spec = [needs_posix]


@contextlib.contextmanager
def pipe_with_a_child(*, inheritable, passed=False, **keywords):
    """Yield the reading end of a pipe, while a child runs that may have the only writing end."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, inheritable)
    if passed:
        keywords["pass_fds"] = [writing]
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, **keywords):
        os.close(writing)
        yield reading
    os.close(reading)


@claim("POPEN39")
@cases(
    close_fds={"by default": {}, "close_fds=False": {"close_fds": False}},
    inheritable=(True, False),
)
def test_a_child_has_no_descriptors_unless_it_is_to_have_them(close_fds, inheritable, evidence):
    """A child has only the three standard streams; with close_fds=False also what is inheritable.

    What Python opens is not inheritable (PEP 446), so it takes both, close_fds=False and
    os.set_inheritable(), for a file, socket or lock to leak into a child.  A leaked pipe never
    ends; a leaked socket keeps its port ("Address already in use").
    """
    has_it = inheritable and bool(close_fds)
    with pipe_with_a_child(inheritable=inheritable, **close_fds) as reading:
        at_its_end = readable(reading, 0 if has_it else PATIENCE)
    assert evidence(child_has_the_pipe=not at_its_end) is has_it


@claim("POPEN40")
@cases(close_fds=(True, False))
def test_pass_fds_gives_a_descriptor_to_one_child(close_fds, evidence):
    """A descriptor in pass_fds is open in this child under the same number, inheritable or not.

    No other thread's child gets it, as it would if the parent made it inheritable for a moment: a
    race condition.  pass_fds means close_fds=True: "RuntimeWarning: pass_fds overriding close_fds."
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pipe_with_a_child(inheritable=False, passed=True, close_fds=close_fds) as reading:
            at_its_end = readable(reading)
    texts = [f"{one.category.__name__}: {one.message}" for one in caught]
    expected = [] if close_fds else ["RuntimeWarning: pass_fds overriding close_fds."]
    assert evidence(child_has_the_pipe=not at_its_end) is True
    assert evidence(warnings=texts) == expected


@claim("POPEN40")
def test_a_passed_descriptor_keeps_its_number(evidence):
    """A passed descriptor has the same number in the child; the parent's stays uninheritable."""
    reading, writing = os.pipe()
    command = ["/bin/sh", "-c", f"echo written > /dev/fd/{writing}"]
    code = subprocess.run(command, pass_fds=[writing]).returncode
    inheritable = os.get_inheritable(writing)
    os.close(writing)
    written = os.read(reading, 100)
    os.close(reading)
    assert evidence(code=code, written=written) == (0, b"written\n")
    assert evidence(inheritable=inheritable) is False


@claim("POPEN56")
@applies(where=LINUX, because="other systems differ in which files they do not execute then")
@applies(
    where=not platform.release().startswith(("6.11.", "6.12.0", "6.12.1-")),
    because="Linux 6.11 executed files that were open for writing, and the next took that back",
)
@refuted(
    because="Linux executes no file that is open for writing",
    by="AssertionError: OSError: [Errno 26] Text file busy",
)
def test_a_script_that_is_open_for_writing_can_be_started(tmp_path, evidence):
    """A script can be started while something still has it open for writing.

    "OSError: [Errno 26] Text file busy": also if the program that wrote it has closed it.  A child
    that another thread has forked meanwhile, for a program of its own, has a copy of the descriptor
    until it executes that, so threads that write scripts and run them fail now and then.  Instead:
    run ["sh", path], try again, or hold one lock around writing a script and around Popen().
    """
    path = tmp_path / "script"
    with open(path, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexit 3\n")
        file.flush()
        path.chmod(0o755)
        busy = outcome(subprocess.run, [path], check=False)
    closed = subprocess.run([path], check=False)
    control(closed.returncode == 3, f"it can be started when it is closed: {closed}")
    got = f"OSError: {busy}" if isinstance(busy, OSError) else busy.returncode
    assert evidence(got=got) == 3, got
