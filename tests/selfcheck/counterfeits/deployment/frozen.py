"""Counterfeits for the claims of library/deployment/test_frozen.py."""

import sys

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION
from .shared import start_the_other_way

#: Whether freeze_support() catches spawned children here, whatever the default method is.
CATCHES = not PYPY and ((3, 13, 13) <= VERSION < (3, 14) or VERSION >= (3, 14, 4))


@counterfeit("DEPLOY21", where=FORK)
def a_frozen_program_starts_the_other_way():
    """A frozen program has another default start method."""
    start_the_other_way(lambda process: getattr(sys, "frozen", False))


@counterfeit("DEPLOY22", where=FORK)
def a_frozen_program_knows_its_python():
    """The helpers of a frozen program are started by Python, which it has beside it."""
    from multiprocessing import spawn

    spawn.get_executable = lambda: sys.orig_argv[0]


@counterfeit("DEPLOY23", where=FORK and CATCHES)
def freeze_support_catches_nobody():
    """freeze_support() does nothing."""
    import multiprocessing

    multiprocessing.freeze_support = lambda: None


@counterfeit("DEPLOY23", where=FORK and not CATCHES)
def freeze_support_catches_everywhere():
    """freeze_support() catches spawned children on every system."""
    import multiprocessing

    def catch():
        from multiprocessing import spawn  # now, as it asks when imported what the program is

        spawn.freeze_support()

    multiprocessing.freeze_support = catch


#: Whether the command of the fork server imports sys here.
IMPORTS = not PYPY and ((3, 13, 13) <= VERSION < (3, 14) or VERSION >= (3, 14, 4))


def _change_the_command(change):
    """Let the fork server be started by another command."""
    from multiprocessing import util

    spawn = util.spawnv_passfds

    def start(path, arguments, fds):
        return spawn(path, [change(one) if " main(" in str(one) else one for one in arguments], fds)

    util.spawnv_passfds = start


@counterfeit("DEPLOY46", where=FORK and IMPORTS)
def the_fork_server_imports_nothing_else():
    """The command of the fork server does not begin with an import of sys."""
    _change_the_command(lambda command: command.removeprefix("import sys; "))


@counterfeit("DEPLOY46", where=FORK and not IMPORTS)
def the_fork_server_imports_sys():
    """The command of the fork server begins with an import of sys."""
    _change_the_command(lambda command: "import sys; " + command)


@counterfeit("DEPLOY41", where=FORK)
def a_program_without_an_executable_starts_the_other_way():
    """A program without sys.executable has another default start method."""
    start_the_other_way(lambda process: not sys.executable)


@counterfeit("DEPLOY42", where=FORK)
def a_program_without_a_descriptor_starts_the_other_way():
    """A program whose sys.stderr has no descriptor has another default start method."""
    start_the_other_way(lambda process: type(sys.stderr).__name__ == "Pane")
