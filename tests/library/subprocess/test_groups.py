"""Process groups and sessions of subprocesses: who is killed, and whom Ctrl-C reaches.

Source: https://docs.python.org/3/library/subprocess.html#subprocess.Popen
"""

import os
import signal
import subprocess
import sys
import threading

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    needs_posix,
    never,
    pause,
    refuted,
    since,
    until,
)
from tests.harness.threads import Task
from tests.library.subprocess.tether import GRANDCHILD, tether

every_spec = [needs_posix]

SESSION, GROUP = {"start_new_session": True}, {"process_group": 0}


@claim("POPEN35")
@cases(end={"kill": signal.SIGKILL, "terminate": signal.SIGTERM})
def test_kill_of_a_shell_leaves_its_commands_running(end, evidence):
    """With shell=True kill() and terminate() end the shell, and its commands run on.

    The Popen's pid is the shell's.  A single command may replace the shell, so that it seems to
    work until somebody adds a "|" or a ";".  Instead: no shell, or a group (POPEN36).
    """
    with tether() as line:
        process = subprocess.Popen(GRANDCHILD + "wait", shell=True, **line.streams)
        line.ready()
        process.kill() if end == signal.SIGKILL else process.terminate()
        shell = process.wait(PATIENCE)
        lives = never(lambda: not line.lives())
    assert evidence(shell_ended_by=shell, its_command_lives=lives) == (-end, True)


@claim("POPEN36")
@cases(leader={"start_new_session": SESSION, "process_group": GROUP})
@refuted(
    where=before("3.11.0"),
    leader="process_group",
    because="process_group= is new in 3.11",
    by="TypeError: Popen.__init__() got an unexpected keyword argument 'process_group'",
)
def test_a_child_with_its_children_can_be_killed_as_a_group(leader, evidence):
    """With start_new_session=True or process_group=0 os.killpg() ends child and grandchildren.

    That is how to kill a subprocess and all its children, the whole process tree, also after a
    timeout: kill the group where you catch TimeoutExpired.  The child leads a group of its own:
    os.killpg(process.pid, signal.SIGKILL) reaches whatever it has started, except what has left the
    group.  A new session has no terminal, either.  Up to 3.10 there is no process_group:
    "TypeError: Popen.__init__() got an unexpected keyword argument 'process_group'".
    """
    with tether() as line:
        process = subprocess.Popen(["/bin/sh", "-c", GRANDCHILD + "wait"], **leader, **line.streams)
        line.ready()
        group, session = os.getpgid(process.pid), os.getsid(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        assert evidence(child_ended_by=process.wait(PATIENCE)) == -signal.SIGKILL
        assert evidence(its_child_ends=line.dies()) is True
    assert group == process.pid
    assert (session == process.pid) is (leader is SESSION)


def after_ctrl_c():
    """Return the returncodes of children which do not expect a Ctrl-C, by how they were started."""
    started = {"by default": {}, "start_new_session": SESSION}
    if since("3.11.0"):
        started["process_group"] = GROUP
    command = ["/bin/sh", "-c", "echo ready; read line; exit 3"]
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    children = {how: subprocess.Popen(command, **pipes, **more) for how, more in started.items()}
    for child in children.values():
        child.stdout.readline()
    try:
        os.killpg(os.getpgrp(), signal.SIGINT)  # as the terminal does
        pause(PATIENCE)
    except KeyboardInterrupt:
        return {how: (child.communicate(), child.wait())[1] for how, child in children.items()}


@claim("POPEN37")
def test_ctrl_c_reaches_the_children_too(programs, evidence):
    """Ctrl-C reaches the program and all its children, unless they have a group of their own.

    You might expect to stop the children in "except KeyboardInterrupt", but the terminal sends
    SIGINT to the whole foreground group, and they are dead by then: returncode -2.  To prevent that
    Ctrl-C kills the subprocess too: start_new_session=True or process_group=0.  Then only the
    program gets it, and must end them.
    """
    codes = evidence(returncodes=programs.call(after_ctrl_c))
    assert codes.pop("by default") == -signal.SIGINT
    assert set(codes.values()) == {3}


def calls_in_main():
    """Return the name of the function in which the main thread is."""
    return sys._current_frames()[threading.main_thread().ident].f_code.co_name


def interrupted(how):
    """Return whether a child ends after a Ctrl-C that did not reach it."""
    noted = []

    def raise_once(*_):
        if not noted:
            noted.append("KeyboardInterrupt")
            raise KeyboardInterrupt

    def interrupt():
        until(lambda: calls_in_main() == "_try_wait", "the main thread to wait for the child")
        while not noted:  # a signal may come just before the main thread sleeps, and not wake it
            os.kill(os.getpid(), signal.SIGINT)
            pause()

    signal.signal(signal.SIGINT, raise_once)
    with tether() as line:
        Task(interrupt)
        try:
            if how == "with":
                with subprocess.Popen(["cat"], **line.streams) as process:
                    process.wait()
            else:
                subprocess.run(["cat"], **line.streams)
        except KeyboardInterrupt:
            return line.dies(GRACE if how == "with" else PATIENCE / 2)


@claim("POPEN38")
@cases(how=("run", "with"))
@refuted(how="with", because="Popen kills nobody")
def test_an_interrupt_kills_the_child_that_is_waited_for(how, programs, evidence):
    """When KeyboardInterrupt leaves run(), call() or a with block of a Popen, the child is killed.

    run() and its siblings give it a quarter of a second to handle its own SIGINT, and then kill it,
    as with any exception.  The with block of a Popen, which otherwise waits without end, does not:
    after a KeyboardInterrupt it waits as long, and then leaves the child running.  Instead: kill()
    it in "except KeyboardInterrupt".
    """
    assert evidence(ends=programs.call(interrupted, how)) is True
