"""multiprocessing's own logger: get_logger() and log_to_stderr().

Source: https://docs.python.org/3/library/multiprocessing.html#logging
"""

import io
import logging
import multiprocessing
from contextlib import redirect_stderr

from tests.harness import DEFAULT_START_METHOD, before, claim, control, predicts, refuted
from tests.library.multiprocessing.starting import needs_a_copy


def look_at_the_logger():
    """Return what the logger of multiprocessing is, in a program that has not used it yet."""
    logger = multiprocessing.get_logger()
    same = logging.getLogger("multiprocessing"), multiprocessing.get_context("spawn").get_logger()
    return same == (logger, logger), logger.handlers, logger.level, bool(logger.propagate)


@claim("LOG01")
def test_get_logger_returns_the_logger_of_multiprocessing(programs, evidence):
    """get_logger() returns the one logger "multiprocessing": no handlers, no level of its own.

    It does not propagate, so what multiprocessing logs never reaches the root logger's handlers.
    """
    same, handlers, level, propagates = programs.call(look_at_the_logger)
    assert evidence(same=same, handlers=handlers) == (True, [])
    assert evidence(level=level, propagates=propagates) == (logging.NOTSET, False)


def logged():
    """Return what log_to_stderr() prints of two messages, and whether it returns the logger."""
    with redirect_stderr(io.StringIO()) as stderr:
        logger = multiprocessing.log_to_stderr(logging.INFO)
        logger.info("shown")
        logger.debug("not shown")
    return stderr.getvalue(), logger is multiprocessing.get_logger()


@claim("LOG02")
def test_log_to_stderr_shows_level_process_and_message(programs, evidence):
    """log_to_stderr(level) prints "[LEVEL/process name] message" on stderr, from that level on.

    It adds a handler to the logger of multiprocessing, sets its level and returns the logger.
    """
    printed, is_the_logger = programs.call(logged)
    assert evidence(printed=printed) == "[INFO/MainProcess] shown\n"
    assert is_the_logger


PARENT_AND_CHILD = """\
import logging
import multiprocessing
import sys

def speak():
    logger = multiprocessing.get_logger()
    logger.info("by the child")
    logger.debug("not shown")

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    logger = ctx.log_to_stderr(logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    logger.info("by the parent")
    child = ctx.Process(target=speak, name="kid")
    child.start()
    child.join()
"""


@claim("LOG03")
def test_a_child_logs_to_stderr_as_its_parent_does(start_method, programs, evidence):
    """A child of a parent that called log_to_stderr() logs to stderr too, with the same level.

    Under spawn and forkserver as well: level and handler are passed on, unlike those of every
    other logger.  At INFO multiprocessing itself reports the child's begin and end.
    """
    run = programs.once(PARENT_AND_CHILD.format(method=start_method))
    lines = [line for line in run.err.splitlines() if "/kid]" in line]
    own = (
        "[INFO/kid] child process calling self.run()",
        "[INFO/kid] process exiting with exitcode 0",
    )
    assert "[INFO/kid] by the child" in evidence(lines=lines)
    assert {*own} < {*lines}
    assert "not shown" not in run.err


@claim("LOG04")
@needs_a_copy
def test_a_handler_that_the_parent_added_works_in_a_child(programs, evidence):
    """A handler that is added to get_logger() works in a child of the default start method.

    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, it does not: the child has the
    handler of log_to_stderr() alone, so log files miss the children's messages, without an error.
    Instead: add the handler in the target, or send records through logging.handlers.QueueHandler.
    """
    run = programs.once(PARENT_AND_CHILD.format(method=DEFAULT_START_METHOD))
    control("by the parent" in run.lines, "the handler works in the parent")
    control("[INFO/kid] by the child" in run.err, "the child logs")
    assert "by the child" in evidence(the_handler_has=run.lines)


def logged_at_levels_without_names():
    """Return what log_to_stderr() prints at SUBDEBUG, at SUBWARNING, and below these."""
    sub = multiprocessing.SUBDEBUG, multiprocessing.SUBWARNING
    with redirect_stderr(io.StringIO()) as stderr:
        logger = multiprocessing.log_to_stderr()
        for level in sub:
            logger.setLevel(level)
            logger.log(level, "shown")
            logger.log(level - 1, "not shown")
    return sub, stderr.getvalue().splitlines()


@claim("LOG05")
def test_subdebug_and_subwarning_are_levels_below_their_names(programs, evidence):
    """SUBDEBUG (5) and SUBWARNING (25) are levels of multiprocessing just below DEBUG and WARNING.

    They have no names of their own: a line begins with [Level 5/...].
    """
    levels, lines = programs.call(logged_at_levels_without_names)
    assert evidence(levels=levels) == (5, 25)
    assert evidence(lines=lines) == ["[Level 5/MainProcess] shown", "[Level 25/MainProcess] shown"]


def logged_after_a_second_call():
    """Return what is printed of an error, and of less, after a second call without a level."""
    with redirect_stderr(io.StringIO()) as stderr:
        multiprocessing.log_to_stderr(logging.ERROR)
        logger = multiprocessing.log_to_stderr()
        logger.error("an error")
        logger.warning("not shown")
    return stderr.getvalue().splitlines()


@claim("LOG06")
@refuted(because="CPython and PyPy: each call of log_to_stderr() adds a handler")
def test_log_to_stderr_called_twice_logs_once(programs, evidence):
    """log_to_stderr() may be called again: each message is still logged once.

    In fact every call adds one more handler, and so prints every message once more.  Without a
    level, it leaves the level as it is.  Call it once, and then setLevel() of what it returns.
    """
    lines = programs.call(logged_after_a_second_call)
    assert evidence(lines=lines) == ["[ERROR/MainProcess] an error"]


def logged_of_a_lock():
    """Return the file, the function and the message of what is logged when a Lock is made."""
    stream, logger = io.StringIO(), multiprocessing.get_logger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(filename)s %(funcName)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    multiprocessing.Lock()
    logger.removeHandler(handler)
    return [line.split(" ", 2) for line in stream.getvalue().splitlines()]


@claim("LOG07")
@predicts("N99")
@refuted(
    where=before("3.11.8", "3.12.2", "3.13.0"),
    because="gh-113421: 3.11.8 and 3.12.2 name the caller of the function that logs",
)
def test_what_multiprocessing_logs_has_the_file_that_logs_it(programs, evidence):
    """%(filename)s and %(funcName)s of what multiprocessing itself logs show who logs it.

    Up to 3.11.7 and 3.12.1 all its messages have the wrong ones, of the helper function, and the
    wrong %(lineno)d: "[util.py:50:debug] created semlock with handle ...".  What you log yourself,
    by get_logger().info(), has always had your file and line.
    """
    logged = programs.call(logged_of_a_lock)
    places = [(file, function) for file, function, text in logged if "created semlock" in text]
    control(len(places) == 1, f"a Lock is logged: {logged}")
    assert evidence(file_and_function=places[0]) == ("synchronize.py", "__init__")
