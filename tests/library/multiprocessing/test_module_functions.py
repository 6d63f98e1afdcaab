"""Functions and exceptions of the module multiprocessing that concern no child.

Source: https://docs.python.org/3/library/multiprocessing.html#miscellaneous
"""

import multiprocessing
import os
import sys
from multiprocessing.pool import ThreadPool

from tests.harness import PYPY, applies, before, claim, control, outcome, raises, refuted, since

CAN_BE_PINNED = hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1


@claim("MP56")
def test_cpu_count_is_that_of_the_machine(evidence):
    """multiprocessing.cpu_count() is os.cpu_count(): NotImplementedError where that is None."""
    answers, ask = [7, 1, None], os.cpu_count
    try:
        os.cpu_count = lambda: answers.pop(0)
        counts = [outcome(multiprocessing.cpu_count) for _ in range(3)]
    finally:
        os.cpu_count = ask
    own = multiprocessing.cpu_count()
    evidence(counts=counts, here=own)
    assert counts[:2] == [7, 1]
    assert type(counts[2]) is NotImplementedError
    assert own == os.cpu_count() == multiprocessing.get_context("spawn").cpu_count()


PRINT_CPU_COUNT = "import multiprocessing; print(multiprocessing.cpu_count())"
NO_CPU_COUNT_OPTION = before("3.13.0") or PYPY


@claim("MP57")
@refuted(
    where=NO_CPU_COUNT_OPTION,
    because="3.13 added -X cpu_count and PYTHON_CPU_COUNT (gh-109595); unknown options are ignored",
)
def test_the_cpu_count_option_sets_cpu_count(programs, evidence):
    """python -X cpu_count=97 makes multiprocessing.cpu_count() return 97.

    Since 3.13 (gh-109595), for containers whose quota no function tells; PYTHON_CPU_COUNT does
    the same.  Before, the option is ignored without a word.  There: pass the number of
    processes.
    """
    finished = programs.run(PRINT_CPU_COUNT, options=["-X", "cpu_count=97"])
    evidence(printed=finished.lines)
    control(finished.lines in (["97"], [str(os.cpu_count())]), f"{finished.lines} {finished.err}")
    assert finished.lines == ["97"]


def count_on_one_core():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return len(os.sched_getaffinity(0)), multiprocessing.cpu_count()


@claim("MP58")
@applies(where=CAN_BE_PINNED, because="Linux: sched_setaffinity(), and a machine of two cores")
@refuted(because="CPython and PyPy: cpu_count() counts the machine's; see gh-109649 for 3.13")
def test_cpu_count_honours_the_affinity(programs, evidence):
    """multiprocessing.cpu_count() is the number of cores that this process may use.

    It is the machine's, under taskset, in cpusets and containers too, so pools that are sized by
    it have too many workers.  Instead: len(os.sched_getaffinity(0)), or os.process_cpu_count()
    since 3.13.
    """
    usable, count = programs.call(count_on_one_core)
    evidence(usable=usable, cpu_count=count)
    control((usable, count) in ((1, 1), (1, os.cpu_count())), f"{usable} usable, counts {count}")
    assert count == usable


FREEZE = """\
import multiprocessing
print(multiprocessing.freeze_support())
try:
    multiprocessing.set_start_method("spawn")
except RuntimeError as error:
    print(type(error).__name__, error)
print(multiprocessing.get_start_method() == "spawn")
print(multiprocessing.get_context("spawn").freeze_support())
"""
_frozen = []

FREEZE_SUPPORT_CHOOSES = not PYPY and (since("3.13.4") and before("3.13.13", "3.14.4"))


def freeze_support_called(programs):
    """Run the program that calls freeze_support() (only once) and return what it printed."""
    if not _frozen:
        _frozen.append(programs.run(FREEZE))
    run = _frozen[0]
    control((run.exit_code, run.err) == (0, ""), f"it ended with {run.exit_code}\n{run.err}")
    return run.lines


@claim("MP59")
def test_freeze_support_does_nothing_in_an_ordinary_program(programs, evidence):
    """freeze_support() returns None and does nothing, but in the child of a frozen executable."""
    lines = freeze_support_called(programs)
    evidence(returned=[lines[0], lines[-1]])
    assert (lines[0], lines[-1]) == ("None", "None")


@claim("MP62")
@refuted(
    where=FREEZE_SUPPORT_CHOOSES,
    because="gh-135726: freeze_support() of 3.13.4 to 3.14.3 chooses the default start method "
    "(gh-140814)",
)
def test_set_start_method_may_follow_freeze_support(programs, evidence):
    """set_start_method() may be called after freeze_support(), as in the documentation's example.

    With releases from 3.13.4 on: RuntimeError: context has already been set, as freeze_support()
    asked for the start method and so fixed it (gh-135726, gh-140814).  Instead: call
    set_start_method() first.
    """
    lines = freeze_support_called(programs)[1:-1]
    evidence(printed=lines)
    refusal = ["RuntimeError context has already been set", "False"]
    control(lines in (["True"], refusal), f"the program printed {lines}")
    assert lines == ["True"]


@claim("MP60")
def test_the_exceptions_of_multiprocessing_are_process_errors(evidence):
    """TimeoutError, BufferTooShort and AuthenticationError are ProcessErrors, that an Exception.

    BufferTooShort, of recv_bytes_into(), has the whole message as its argument.
    """
    kinds = [
        multiprocessing.TimeoutError,
        multiprocessing.BufferTooShort,
        multiprocessing.AuthenticationError,
    ]
    here, there = multiprocessing.Pipe()
    with here, there, raises(multiprocessing.ProcessError) as refusal:
        here.send_bytes(b"ten bytes.")
        there.recv_bytes_into(bytearray(9))
    bases = [kind.__bases__ for kind in kinds]
    evidence(bases=bases[0], too_short=refusal.error)
    assert bases == [(multiprocessing.ProcessError,)] * 3
    assert multiprocessing.ProcessError.__bases__ == (Exception,)
    assert type(refusal.error) is multiprocessing.BufferTooShort
    assert refusal.error.args == (b"ten bytes.",)
    assert [str(kind("text")) for kind in kinds] == ["text"] * 3


@claim("MP61")
@refuted(because="CPython and PyPy: it is a ProcessError of its own, on 3.11 and later too")
def test_except_timeout_error_catches_that_of_multiprocessing(evidence):
    """An except clause for TimeoutError catches multiprocessing.TimeoutError, as of a pool's get().

    It does not.  Since 3.11 it catches asyncio's and concurrent.futures', which are the builtin
    now; multiprocessing's is not.  Instead: except multiprocessing.TimeoutError.
    """
    with ThreadPool(1) as pool:
        error = outcome(pool.apply_async(sys.intern, ("late",)).get, 0)
        pool.close()
        pool.join()
    raised = error if isinstance(error, Exception) else multiprocessing.TimeoutError()
    evidence(raised=type(raised), bases=type(raised).__mro__)
    control(type(raised) is multiprocessing.TimeoutError, repr(raised))
    assert isinstance(raised, TimeoutError)
