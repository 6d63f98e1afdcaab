"""Counterfeits for the claims of library/deployment/test_temporary_folder.py."""

import os
import sys

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT, POSIX, VERSION
from ..multiprocessing.shared import fork_where
from ..patching import patch
from .shared import start_the_other_way

LINUX = sys.platform == "linux"

#: Whether the fork server is no default where no folder can be written (gh-155717).
SPAWNS_THERE = (3, 14, 8) <= VERSION < (3, 15) or VERSION >= (3, 15, 1)

#: Whether sockets go to /tmp where their path would be too long (gh-132124).
FALLS_BACK = (3, 13, 6) <= VERSION < (3, 14) or VERSION >= (3, 14)


@counterfeit("DEPLOY33", where=LINUX)
def sockets_go_to_the_shared_memory_folder():
    """Sockets are in /dev/shm where no other folder can be written."""
    from multiprocessing import util

    find = util.get_temp_dir
    util.get_temp_dir = lambda: find() if os.access(".", os.W_OK) else "/dev/shm"  # noqa: S108


@counterfeit("DEPLOY34", where=LINUX and not SPAWNS_THERE)
def a_read_only_disk_changes_the_default():
    """The default method is another one where the working directory cannot be written."""
    start_the_other_way(lambda process: not os.access(".", os.W_OK))


@counterfeit("DEPLOY34", where=LINUX and SPAWNS_THERE)
def a_read_only_disk_does_not_change_the_default():
    """multiprocessing takes a read-only disk for one that can be written."""
    from multiprocessing import util

    util._has_writeable_tempdir = lambda: True


@counterfeit("DEPLOY35", where=POSIX and FALLS_BACK)
def a_long_folder_is_taken():
    """The address of a socket may not be derived from a long temporary folder."""
    import tempfile
    from multiprocessing import connection

    find = connection.arbitrary_address

    def find_if_short(family):
        if family == "AF_UNIX" and len(tempfile.gettempdir()) > 90:
            raise OSError("AF_UNIX path too long")
        return find(family)

    connection.arbitrary_address = find_if_short


@counterfeit("DEPLOY35", where=POSIX and not FALLS_BACK)
def a_listener_goes_to_tmp():
    """A Listener("AF_UNIX") has its socket in /tmp."""
    import tempfile
    from multiprocessing import connection

    make = connection.Listener.__init__

    def make_in_tmp(self, address=None, family=None, *arguments, **keywords):
        if address is None and family == "AF_UNIX":
            address = tempfile.mktemp(dir="/tmp")
        make(self, address, family, *arguments, **keywords)

    connection.Listener.__init__ = make_in_tmp


@counterfeit("DEPLOY37", where=FORKS_BY_DEFAULT)
def a_forked_process_needs_a_socket():
    """A forked process is started only where a socket can be bound."""

    def change(start):
        def bind_and_start(self, process):
            import socket

            with socket.socket(socket.AF_UNIX) as one:
                one.bind("")
            start(self, process)

        return bind_and_start

    patch("multiprocessing.popen_fork.Popen", __init__=change)


@counterfeit("DEPLOY37", where=FORK and not FORKS_BY_DEFAULT)
def a_program_that_refuses_sockets_forks():
    """A child is forked if the program has a function that refuses."""
    import sys

    fork_where(lambda process: hasattr(sys.modules["__main__"], "refuse"))


@counterfeit("DEPLOY39", where=FORK)
def a_process_is_started_another_way_without_the_folder():
    """Without its folder of sockets a process is forked if it would be served, or the other way."""
    from multiprocessing import process

    def is_gone(_process):
        folder = process.current_process()._config.get("tempdir")
        return folder is not None and not os.path.isdir(folder)

    start_the_other_way(is_gone)
