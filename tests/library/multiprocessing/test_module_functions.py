"""Functions and exceptions of the module multiprocessing that concern no child.

Source: https://docs.python.org/3/library/multiprocessing.html#miscellaneous
"""

import multiprocessing
import os
import sys
import threading
from multiprocessing.pool import ThreadPool

from tests.harness import (
    MUSL,
    PATIENCE,
    PYPY,
    Inconclusive,
    applies,
    before,
    cases,
    claim,
    outcome,
    refuted,
    since,
)


@claim("START19")
@cases(count={"the module's": multiprocessing, "a context's": multiprocessing.get_context("spawn")})
def test_cpu_count_is_that_of_the_machine(count, evidence):
    """multiprocessing.cpu_count() is os.cpu_count(): NotImplementedError where that is None."""
    here = (count.cpu_count(), os.cpu_count())
    answers, ask = [7, 1, None], os.cpu_count
    try:
        os.cpu_count = lambda: answers.pop(0)
        seven, one, unknown = (outcome(count.cpu_count) for _ in range(3))
    finally:
        os.cpu_count = ask
    assert evidence(here=here)[0] == here[1]
    assert (seven, one) == (7, 1)
    assert type(evidence(unknown=unknown)) is NotImplementedError


COUNTS = "import multiprocessing, os; print(os.cpu_count(), multiprocessing.cpu_count())"


@claim("START20")
@cases(
    how={
        "variable": {"environ": {"PYTHON_CPU_COUNT": "97"}},
        "option": {"options": ("-X", "cpu_count=97")},
    }
)
@refuted(where=before("3.13.0"), because="3.13 added PYTHON_CPU_COUNT and -X cpu_count (gh-109595)")
def test_the_environment_sets_the_number_of_cpus(how, programs, evidence):
    """PYTHON_CPU_COUNT, or -X cpu_count, sets what os.cpu_count() and cpu_count() return.

    No function knows a container's quota: set either to it, and pools have as many workers.  Before
    3.13 both are ignored silently: the counts are the machine's.  There: pass the number of
    processes.
    """
    assert evidence(printed=programs.run(COUNTS, **how).out) == "97 97\n"


@claim("START21")
@refuted(
    where=before("3.13.0"),
    because="3.13 added os.process_cpu_count() (gh-109649)",
    by="AttributeError: module 'os' has no attribute 'process_cpu_count'",
)
def test_the_usable_cpus_can_be_counted(evidence):
    """os.process_cpu_count() is the number of CPUs that this process may use.

    Before 3.13: "AttributeError: module 'os' has no attribute 'process_cpu_count'".  Instead:
    len(os.sched_getaffinity(0)), where that exists.  cpu_count() counts the machine's.
    """
    if getattr(sys, "_get_cpu_count_config", lambda: -1)() != -1:
        raise Inconclusive("PYTHON_CPU_COUNT or -X cpu_count says how many there are here")
    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity else os.cpu_count()
    assert evidence(count=os.process_cpu_count(), usable=usable) == (usable, usable)


def count_on_one_core():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return multiprocessing.cpu_count()


@claim("START22")
@applies(
    where=hasattr(os, "sched_setaffinity"), because="needs sched_setaffinity(), as Linux has it"
)
@refuted(
    where=not MUSL,
    because="CPython and PyPy: cpu_count() counts the machine's; see gh-109649 for 3.13",
)
def test_cpu_count_honours_the_affinity(programs, evidence):
    """multiprocessing.cpu_count() is the number of cores that this process may use.

    It is the machine's, under taskset, in cpusets and containers too, so pools that are sized by
    it have too many workers.  Only on musl (Alpine) it is so.  Instead:
    len(os.sched_getaffinity(0)), or os.process_cpu_count() since 3.13.
    """
    if os.cpu_count() == 1:
        raise Inconclusive("the machine has one core, and the process may use it")
    assert evidence(cpu_count=programs.call(count_on_one_core)) == 1


def set_method_after_freeze_support():
    returned = multiprocessing.freeze_support()
    multiprocessing.get_context("spawn").freeze_support()
    return repr(returned), repr(outcome(multiprocessing.set_start_method, "spawn"))


@claim("START23")
@refuted(
    where=not PYPY and since("3.13.4") and before("3.13.13", "3.14.4"),
    because="freeze_support() of 3.13.4 to 3.13.12 and 3.14.0 to 3.14.3 chooses the default start "
    "method (gh-140814)",
)
def test_freeze_support_does_nothing_here(programs, evidence):
    """freeze_support() does nothing in a program that is not frozen into an executable.

    The documentation's own example calls it before set_start_method().  From 3.13.4 to 3.13.12 and
    in 3.14.0 to 3.14.3 that is "RuntimeError: context has already been set": freeze_support() asks
    for the start method, which fixes it (gh-140814).  Instead: set the method first.  (In a frozen
    program it catches spawned children, and not the fork server: DEPLOY21, DEPLOY23.)
    """
    returned, then = programs.call(set_method_after_freeze_support)
    assert evidence(returned=returned, set_start_method=then) == ("None", "None")


@claim("START24")
@cases(kind=("TimeoutError", "BufferTooShort", "AuthenticationError"))
def test_the_exceptions_of_multiprocessing_are_process_errors(kind, evidence):
    """TimeoutError, BufferTooShort and AuthenticationError of multiprocessing are ProcessErrors.

    ProcessError is an Exception.
    """
    error = getattr(multiprocessing, kind)
    assert evidence(bases=error.__bases__) == (multiprocessing.ProcessError,)
    assert multiprocessing.ProcessError.__bases__ == (Exception,)
    assert str(error("text")) == "text"


@claim("START24")
def test_buffer_too_short_has_the_whole_message(evidence):
    """BufferTooShort, of recv_bytes_into(), has the whole message as its argument."""
    here, there = multiprocessing.Pipe()
    with here, there:
        here.send_bytes(b"ten bytes.")
        error = evidence(error=outcome(there.recv_bytes_into, bytearray(9)))
    assert type(error) is multiprocessing.BufferTooShort
    assert error.args == (b"ten bytes.",)


@claim("START25")
@refuted(
    because="CPython and PyPy: it is a ProcessError only, on 3.11 and later too",
    by=multiprocessing.TimeoutError,
)
def test_except_timeout_error_catches_that_of_multiprocessing(evidence):
    """An except clause for TimeoutError catches multiprocessing.TimeoutError, as of a pool's get().

    It does not.  Since 3.11 it catches asyncio's and concurrent.futures', which are the builtin
    now; multiprocessing's is not.  Instead: except multiprocessing.TimeoutError.
    """
    never = threading.Event()
    with ThreadPool(1) as pool:
        try:
            pool.apply_async(never.wait, (PATIENCE,)).get(timeout=0)
        except TimeoutError as error:
            evidence(caught=error)
        finally:
            never.set()
