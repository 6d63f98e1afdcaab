"""Counterfeits for the claims of library/multiprocessing/test_logging.py."""

from .. import counterfeit
from ..facts import VERSION

#: Whether all that multiprocessing logs has the file util.py.
OLD = VERSION < (3, 11, 8) or (3, 12) <= VERSION < (3, 12, 2)


@counterfeit("LOG01")
def the_logger_of_multiprocessing_propagates():
    """What multiprocessing logs reaches the root logger's handlers."""
    from multiprocessing import util

    ask = util.get_logger

    def get_logger():
        logger = ask()
        logger.propagate = True
        return logger

    util.get_logger = get_logger


@counterfeit("LOG02", "LOG03", "LOG05")
def log_lines_are_bare():
    """log_to_stderr() shows the message alone."""
    from multiprocessing import util

    util.DEFAULT_LOGGING_FORMAT = "%(message)s"


@counterfeit("LOG03")
def children_do_not_log_to_stderr():
    """A child does not know that its parent has called log_to_stderr()."""
    from multiprocessing import process, util

    run = process.BaseProcess.run

    def run_in_silence(self):
        util.get_logger().handlers.clear()
        run(self)

    process.BaseProcess.run = run_in_silence


@counterfeit("LOG04")
def children_have_the_other_handlers():
    """A child logs without the handlers that it has inherited, and without those of stderr."""
    from multiprocessing import process, util

    run = process.BaseProcess.run

    def run_with_fewer(self):
        del util.get_logger().handlers[-1:]
        run(self)

    process.BaseProcess.run = run_with_fewer


@counterfeit("LOG05")
def subdebug_is_six():
    """multiprocessing.SUBDEBUG is 6."""
    import multiprocessing

    multiprocessing.SUBDEBUG = 6


@counterfeit("LOG06")
def log_to_stderr_adds_one_handler():
    """A second call of log_to_stderr() adds no handler."""
    from multiprocessing import util

    call = util.log_to_stderr

    def log_to_stderr(level=None):
        logger = util.get_logger()
        if util._log_to_stderr and logger.handlers:
            return logger
        return call(level)

    util.log_to_stderr = log_to_stderr


@counterfeit("LOG07")
def debug_looks_elsewhere():
    """What multiprocessing logs has its own file from 3.11.8 on, and the caller's before."""
    import logging
    from multiprocessing import util

    def debug(message, *args):
        if util._logger:
            util._logger.log(logging.DEBUG, message, *args, stacklevel=2 if OLD else 1)

    util.debug = debug
