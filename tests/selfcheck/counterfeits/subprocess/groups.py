"""Counterfeits for the claims of library/subprocess/test_groups.py."""

import os

from .. import counterfeit
from ..facts import POSIX, in_a_program_or_a_command
from ..patching import patch


@counterfeit("POPEN36", where=POSIX)
def a_group_is_its_leader():
    """os.killpg() sends the signal to the group's leader only."""
    os.killpg = os.kill


@counterfeit("POPEN37", where=POSIX)
def every_child_has_a_session_of_its_own():
    """Popen starts a new session for each child."""

    def change(init):
        def lead(self, *args, process_group=None, **keywords):
            init(self, *args, **{**keywords, "start_new_session": True})

        return lead

    if in_a_program_or_a_command():
        patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN38", where=POSIX)
def an_interrupt_kills_nobody():
    """run() and its siblings do not kill the child if they are interrupted."""
    if in_a_program_or_a_command():
        patch("subprocess.Popen", kill=lambda kill: lambda self: None)
