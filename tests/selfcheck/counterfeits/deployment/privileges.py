"""Counterfeits for the claims of library/deployment/test_privileges.py."""

import os
import sys

from .. import counterfeit
from .shared import start_the_other_way

LINUX = sys.platform == "linux"
NOBODY_ELSE = 54321


@counterfeit("DEPLOY08", where=LINUX)
def another_user_starts_the_other_way():
    """The default method is another one than usual for processes of another user."""
    start_the_other_way(lambda process: process._target is exec and os.getegid() != NOBODY_ELSE)


@counterfeit("DEPLOY09", "DEPLOY08", "DEPLOY10", where=LINUX)
def what_tells_its_user_is_started_the_other_way():
    """The default method is another one than usual for targets that are no functions."""
    start_the_other_way(lambda process: process._target is exec)


@counterfeit("DEPLOY11", where=LINUX)
def a_fork_server_is_roots():
    """A fork server cannot be started by a user who is not root."""
    from multiprocessing import forkserver

    ensure = forkserver.ForkServer.ensure_running

    def ensure_if_root(self):
        if os.geteuid() != 0:
            raise PermissionError(13, "Permission denied")
        ensure(self)

    forkserver.ForkServer.ensure_running = ensure_if_root
