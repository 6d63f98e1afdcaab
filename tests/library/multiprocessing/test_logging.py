"""multiprocessing's own logger: get_logger() and log_to_stderr().

Source: https://docs.python.org/3/library/multiprocessing.html#logging
"""

import logging
import multiprocessing

from tests.harness import DEFAULT_START_METHOD, claim, control, refuted

PROGRAM = """\
import logging
import multiprocessing
import os
import sys

class Telling(logging.Handler):
    def emit(self, record):
        os.write(1, f"{{record.processName}}: {{record.getMessage()}}\\n".encode())

def speak():
    logger = multiprocessing.get_logger()
    logger.debug("a child's debug")
    logger.warning("a child's warning")
    os.write(1, f"level in the child: {{logger.level}}\\n".encode())

if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, format="the root logs: %(message)s")
    ctx = multiprocessing.get_context({method!r})
    logger = multiprocessing.get_logger()
    print("before:", logger.name, logger.level, bool(logger.propagate), logger.handlers, flush=True)
    returned = ctx.log_to_stderr(logging.INFO)
    print("after:", returned is logger, logger.level, len(logger.handlers), flush=True)
    logger.addHandler(Telling())
    logger.info("the parent's info")
    logger.debug("the parent's debug")
    child = ctx.Process(target=speak, name="kid")
    child.start()
    child.join()
    logger.setLevel(multiprocessing.SUBWARNING)
    logger.log(multiprocessing.SUBWARNING, "a subwarning")
    logger.log(multiprocessing.SUBWARNING - 1, "less than that")
    logger.setLevel(multiprocessing.SUBDEBUG)
    logger.log(multiprocessing.SUBDEBUG, "a subdebug")
    logger.setLevel(logging.ERROR)
    logger.warning("hidden")
    multiprocessing.log_to_stderr()
    logger.error("an error")
    print("level:", logger.level)
"""
_runs = {}


def logged(programs, method):
    """Run the program, which logs and starts a child, under a start method (only once)."""
    if method not in _runs:
        _runs[method] = programs.run(PROGRAM.format(method=method))
    run = _runs[method]
    control(run.exit_code == 0, f"the program ended with {run.exit_code}\n{run.err}")
    return run


@claim("LG01")
def test_get_logger_returns_the_logger_of_multiprocessing(programs, evidence):
    """get_logger() returns the one logger "multiprocessing": no handlers, no level of its own.

    It does not propagate, so what multiprocessing logs never reaches the root logger's handlers.
    """
    logger = multiprocessing.get_logger()
    run = logged(programs, DEFAULT_START_METHOD)
    evidence(first_line=run.lines[0])
    assert logger is logging.getLogger("multiprocessing")
    assert multiprocessing.get_logger() is logger
    assert multiprocessing.get_context("spawn").get_logger() is logger
    assert logger.name == "multiprocessing"
    assert run.lines[0] == "before: multiprocessing 0 False []"
    assert "the root logs" not in run.err


@claim("LG02")
def test_log_to_stderr_shows_level_process_and_message(programs, evidence):
    """log_to_stderr(level) prints "[LEVEL/process name] message" on stderr, from that level on.

    It adds a handler to the logger of multiprocessing, sets its level and returns it.
    """
    run = logged(programs, DEFAULT_START_METHOD)
    lines = run.err.splitlines()
    evidence(second_line=run.lines[1], first_message=lines[:1])
    assert run.lines[1] == f"after: True {logging.INFO} 1"
    assert lines[0] == "[INFO/MainProcess] the parent's info"
    assert "parent's debug" not in run.err
    assert "child's debug" not in run.err
    assert lines.count("[INFO/MainProcess] the parent's info") == 1


@claim("LG03")
def test_a_child_logs_to_stderr_as_its_parent_does(start_method, programs, evidence):
    """A child of a parent that called log_to_stderr() logs to stderr too, with the same level.

    Under spawn and forkserver as well: level and handler are passed on, unlike those of every
    other logger.  At INFO multiprocessing itself tells of the child's begin and end.
    """
    run = logged(programs, start_method)
    lines = [line for line in run.err.splitlines() if "/kid]" in line]
    evidence(lines=lines)
    assert lines[0] == "[INFO/kid] child process calling self.run()"
    assert lines.count("[WARNING/kid] a child's warning") == 1
    assert "[INFO/kid] process exiting with exitcode 0" in lines
    assert f"level in the child: {logging.INFO}" in run.lines


@claim("LG04")
@refuted(
    where=DEFAULT_START_METHOD != "fork",
    because="3.14 (gh-84559): forkserver is the default on Linux; only fork copies handlers",
)
def test_a_handler_that_the_parent_added_works_in_a_child(programs, evidence):
    """A handler that is added to get_logger() works in a child of the default start method.

    Since 3.14 it does not, on Linux: the child has the handler of log_to_stderr() alone, so log
    files miss the children's messages, without an error.  Instead: add the handler in the
    target, or send records through logging.handlers.QueueHandler.
    """
    run = logged(programs, DEFAULT_START_METHOD)
    told = [line for line in run.lines if line.startswith("kid: a child")]
    evidence(start_method=DEFAULT_START_METHOD, the_childs=told)
    control("MainProcess: the parent's info" in run.lines, f"the handler works: {run.lines}")
    control("[WARNING/kid] a child's warning" in run.err, f"the child logs: {run.err}")
    assert told == ["kid: a child's warning"]


@claim("LG05")
def test_subdebug_and_subwarning_are_levels_below_their_names(programs, evidence):
    """SUBDEBUG (5) and SUBWARNING (25) are levels of multiprocessing just below DEBUG and WARNING.

    They have no names of their own: a line begins with [Level 5/...].
    """
    lines = logged(programs, DEFAULT_START_METHOD).err.splitlines()
    shown = [line for line in lines if "a sub" in line or "less" in line]
    evidence(shown=shown)
    assert (multiprocessing.SUBDEBUG, multiprocessing.SUBWARNING) == (5, 25)
    assert multiprocessing.SUBDEBUG < logging.DEBUG < logging.INFO < multiprocessing.SUBWARNING
    assert shown == [
        "[Level 25/MainProcess] a subwarning",
        "[Level 5/MainProcess] a subdebug",
    ]


@claim("LG06")
@refuted(because="CPython and PyPy: each call of log_to_stderr() adds a handler")
def test_log_to_stderr_called_twice_logs_once(programs, evidence):
    """log_to_stderr() may be called again: each message is still logged once.

    Every call adds one more handler, and so prints every message once more.  Without a level, it
    leaves the level as it is.  Instead: call it once, and then setLevel() of what it returns.
    """
    run = logged(programs, DEFAULT_START_METHOD)
    count = run.err.splitlines().count("[ERROR/MainProcess] an error")
    evidence(an_error_is_logged=count)
    control(f"level: {logging.ERROR}" in run.lines, "the level stays without an argument")
    control("hidden" not in run.err and count in (1, 2), run.err)
    assert count == 1
