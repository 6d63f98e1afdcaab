"""Frozen programs, as PyInstaller and cx_Freeze make them: sys.executable is the program itself.

Programs that embed Python have none at all.  A wrapper that runs the program stands for the
executable here.  Whatever multiprocessing starts as ``sys.executable -c ...`` is the program once
more, which has to see from its arguments what it is.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.freeze_support
"""

import ast

from tests.harness import (
    PYPY,
    before,
    cases,
    claim,
    control,
    needs_posix,
    predicts,
    refuted,
    since,
)
from tests.library.multiprocessing.starting import (
    SERVES_BY_DEFAULT,
    SPAWNS_BY_DEFAULT,
    needs_a_copy,
)

every_spec = [needs_posix]

#: The program is not frozen, but says so; the wrapper runs it again, a second time at most.
FROZEN = r"""
import os, sys

def tell(*what):
    os.write(1, f"{what}\n".encode())

wrapper = os.path.abspath("frozen")
first = not os.path.exists(wrapper)
if first:
    with open(wrapper, "w") as file:
        file.write(f'#!/bin/sh\nexec "{sys.executable}" "{os.path.abspath(__file__)}" "$@"\n')
    os.chmod(wrapper, 0o700)
sys.frozen, sys.executable = True, wrapper  # before multiprocessing asks for it

import multiprocessing

def work():
    tell("the child works")

if __name__ == "__main__":
    multiprocessing.freeze_support()
    if not first:
        tell("the program again", sys.argv[1:])
        sys.exit("it would go on for ever")
    child = CONTEXT.Process(target=work)
    try:
        child.start()
    except Exception as error:
        tell(f"{type(error).__name__}: {error}")
    else:
        child.join()
"""


def told_by(programs, method):
    """Return what the frozen program, and what it starts, tell."""
    context = f"multiprocessing.get_context({method!r})" if method else "multiprocessing"
    program = programs.once(FROZEN.replace("CONTEXT", context))
    control(program.exit_code == 0, f"the program ends well: {program}")
    return [ast.literal_eval(line) for line in program.lines]


@claim("DEPLOY21")
@predicts("H19")
@refuted(
    where=SERVES_BY_DEFAULT,
    because="3.14 made forkserver the default (gh-84559), whose server freeze_support() ignores",
)
@refuted(
    where=SPAWNS_BY_DEFAULT and before("3.13.4"),
    because="before 3.13.4 freeze_support() looked for a child on Windows alone",
)
def test_a_frozen_program_can_start_a_process(programs, evidence):
    """By default a frozen program that calls freeze_support() first can start a process.

    From 3.14 on Linux the fork server is started as sys.executable -c ..., which is the program
    again: it starts itself over and over, or says "error: unrecognized arguments: -c ..."; in the
    parent start() raises "ConnectionResetError: [Errno 104] Connection reset by peer", or EOFError.
    Instead: set_start_method("fork") or "spawn" before freeze_support(); or a PyInstaller or
    cx_Freeze that knows the arguments of the server.
    """
    told = evidence(told=told_by(programs, None))
    assert ("the child works",) in told


@claim("DEPLOY22")
@predicts("H19")
@cases(helper=("resource_tracker", "forkserver"))
def test_helpers_of_a_frozen_program_are_the_program(helper, programs, evidence):
    """A frozen program is started again as the fork server and as the resource tracker.

    Both are sys.executable -c "from multiprocessing... import main; main(...)"; freeze_support()
    lets that pass, for it knows the --multiprocessing-fork of spawned children only.  So what the
    main module does under its guard happens once more per helper: windows open, servers bind.  An
    application that embeds Python (QGIS, Blender) is opened again.  Where freeze_support() is
    missing, each spawned child is the whole program again as well: after the freeze by PyInstaller,
    the executable file starts infinitely many main processes.  Instead: call freeze_support() as
    the first line under the guard; where "-c" is among sys.argv, run what follows it and leave, as
    PyInstaller does; an embedded Python names a real interpreter by
    multiprocessing.set_executable().
    """
    again = [words[1] for words in told_by(programs, "forkserver") if len(words) == 2]
    commands = [arguments[arguments.index("-c") + 1] for arguments in again]
    evidence(commands=[command.partition("(")[0] for command in commands])
    assert any(f"multiprocessing.{helper} import main" in command for command in commands)


@claim("DEPLOY23")
@predicts("H19")
@refuted(
    where=PYPY or before("3.13.13", "3.14.4"),
    because="before 3.13.4 freeze_support() looks for children on Windows alone, and up to 3.13.12 "
    "and 3.14.3 only where spawn is the default (gh-140814)",
)
def test_freeze_support_catches_spawned_children(programs, evidence):
    """In a frozen program freeze_support() runs the target in a child of get_context("spawn").

    On Windows it always did.  Elsewhere, before 3.13.4, it does nothing: the child is the whole
    program again, with the arguments --multiprocessing-fork tracker_fd=... pipe_handle=..., and its
    exit code tells nothing.  Up to 3.13.12 and 3.14.3 it looks only if spawn is the default method
    (gh-140814).  Instead: set_start_method("spawn") before freeze_support(); before 3.13.4, call
    multiprocessing.spawn.freeze_support().
    """
    told = told_by(programs, "spawn")
    evidence(told=[words for words in told if "-c" not in str(words)])
    spawned = [words for words in told if "--multiprocessing-fork" in str(words)]
    control(spawned or ("the child works",) in told, f"there was a child: {told}")
    assert ("the child works",) in told


@claim("DEPLOY46")
@predicts("N223")
@refuted(
    where=not PYPY and since("3.13.13", "3.14.4"),
    because="3.13.13, 3.14.4 and 3.15 hand sys.argv on as arguments, for which the command imports "
    "sys first (gh-144503)",
)
def test_the_command_of_the_fork_server_begins_with_its_import(programs, evidence):
    """The command that starts the fork server begins with "from multiprocessing.forkserver".

    Whoever starts a frozen program again looks for that: the hooks of PyInstaller and cx_Freeze.
    Since 3.13.13, 3.14.4 and 3.15 it begins with "import sys; ", and the arguments of the program
    follow it.  A hook that does not know that runs the whole program once more, as the server, and
    start() raises ConnectionResetError or EOFError; it worked in 3.14.3.  Instead: update
    PyInstaller; in a hook of your own look for what follows "-c", wherever it stands, and for
    "multiprocessing.forkserver import main" inside.
    """
    again = [words[1] for words in told_by(programs, "forkserver") if len(words) == 2]
    commands = [arguments[arguments.index("-c") + 1] for arguments in again]
    servers = [command for command in commands if "multiprocessing.forkserver" in command]
    control(servers, f"the fork server was started: {commands}")
    begin = evidence(begin=servers[0].partition(" import main")[0])
    assert begin == "from multiprocessing.forkserver"


EMBEDDED = """
import sys
sys.executable = {executable!r}  # as in a program that embeds Python
import multiprocessing

def work():
    print("the child works", flush=True)

if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    try:
        child.start()
    except (TypeError, OSError, EOFError) as error:
        print(f"{{type(error).__name__}}: {{error}}")
    else:
        child.join()
"""


@claim("DEPLOY41")
@predicts("N146")
@cases(executable={"None": None, "empty": ""})
@needs_a_copy
def test_a_program_without_an_executable_can_start_a_process(executable, programs, evidence):
    """By default a process can be started where sys.executable is None or empty.

    So it is in programs that embed Python: uWSGI, vim, an application written in C.  On Linux
    start() forked until 3.13.  The start methods spawn and forkserver need an interpreter to start:
    since 3.14 it is "TypeError: expected bytes, NoneType found", and if it is empty
    ConnectionResetError.  Instead: multiprocessing.set_executable() with the path of a real python,
    or a Process of get_context("fork").
    """
    program = programs.run(EMBEDDED.format(executable=executable))
    assert evidence(printed=program.lines) == ["the child works"]
