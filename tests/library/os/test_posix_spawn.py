"""os.posix_spawn and posix_spawnp: start another program without copying this process.

Source: https://docs.python.org/3/library/os.html#os.posix_spawn
"""

import os
import signal
import sys

from tests.harness import PYPY, Inconclusive, cases, claim, kinds, needs_posix, outcome, refuted

every_spec = [
    needs_posix,
    refuted(
        where=PYPY,
        because="PyPy has no os.posix_spawn()",
        by="AttributeError: module 'os' has no attribute '",
    ),
]


def spawned(*arguments, spawn="posix_spawn", program="/bin/sh", environment=os.environ, **options):
    """Spawn a program and return its exit code."""
    pid = getattr(os, spawn)(program, [program, *arguments], environment, **options)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def opening(source, target):
    """Return the actions that open a file to read, and another one as descriptors 1, 7 and 8."""
    return [
        (os.POSIX_SPAWN_OPEN, 0, str(source), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(target), os.O_WRONLY | os.O_CREAT, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 7),
        (os.POSIX_SPAWN_DUP2, 1, 8),
    ]


#: Prints a line that it reads, an argument, two variables, and which of two descriptors are open.
PRINTING = """
read line
echo "$line" "$1" "$WORD" $OURS $(for n in 7 8; do (: >&$n) 2>/dev/null && echo $n; done)
"""


@claim("SPAWN01")
def test_posix_spawn_starts_a_program_with_descriptors_as_told(tmp_path, monkeypatch, evidence):
    """posix_spawn() starts a program with the arguments, environment and descriptors it is given.

    file_actions open, duplicate and close descriptors in the new process before the program starts.
    On PyPy use subprocess.Popen.
    """
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("from the file\n")
    actions = [*opening(source, target), (os.POSIX_SPAWN_CLOSE, 7)]
    environment = {"WORD": "word"}
    monkeypatch.setenv("OURS", "not given")
    spawned("-c", PRINTING, "sh", "argument", environment=environment, file_actions=actions)
    assert evidence(printed=target.read_text()) == "from the file argument word 8\n"


@claim("SPAWN02")
@cases(spawn=("posix_spawn", "posix_spawnp"))
def test_posix_spawn_of_a_missing_program_raises_in_the_parent(spawn, monkeypatch, evidence):
    """posix_spawn() of a program that is not there raises FileNotFoundError in the parent.

    As subprocess does, and unlike fork and exec, where the child has to deal with it.  Both raise
    PermissionError if PATH names a folder that this user may not enter, such as /root/bin.  On PyPy
    use subprocess.Popen.
    """
    monkeypatch.setenv("PATH", os.defpath)
    function = getattr(os, spawn)
    raised = outcome(function, "no-such-program", ["no-such-program"], os.environ)
    assert evidence(raised=kinds([raised])) == ["FileNotFoundError"]


@claim("SPAWN03")
def test_posix_spawnp_looks_for_the_program_on_the_path(evidence):
    """posix_spawnp() looks for the program in the folders of PATH; posix_spawn() does not.

    On PyPy use subprocess.Popen, which looks through PATH as well.
    """
    by_path = spawned("-c", "exit 5", spawn="posix_spawnp", program="sh")
    by_name = outcome(spawned, "-c", "exit 5", program="sh")
    assert evidence(posix_spawnp=by_path, posix_spawn=type(by_name)) == (5, FileNotFoundError)


@claim("SPAWN04")
def test_posix_spawn_sets_group_and_session_of_the_new_process(evidence):
    """posix_spawn() can give the new process a group and a session of its own.

    By setpgroup and setsid; where the C library that Python was built with lacks the latter,
    NotImplementedError, "setsid unavailable on this platform".  On PyPy use subprocess.Popen.
    """

    def identity(function, **options):
        """Return whether the function of os gives the new process its own pid."""
        code = f"import os; raise SystemExit(os.{function} == os.getpid())"
        return spawned("-c", code, program=sys.executable, **options) == 1

    by_default = identity("getpgrp()"), identity("getsid(0)")
    group = identity("getpgrp()", setpgroup=0)
    assert evidence(leads_group_and_session=by_default) == (False, False)
    assert evidence(leads_a_group_if_asked_for=group) is True
    try:
        session = identity("getsid(0)", setsid=True)
    except NotImplementedError as error:
        raise Inconclusive(str(error)) from None
    assert evidence(leads_a_session_if_asked_for=session) is True


@claim("SPAWN04")
def test_a_spawned_process_can_block_a_signal_from_the_start(evidence):
    """With setsigmask posix_spawn() starts a process with the signals blocked that it is given."""
    by_default = spawned("-c", "kill -USR1 $$")
    blocked = spawned("-c", "kill -USR1 $$", setsigmask=[signal.SIGUSR1])
    assert evidence(by_default=by_default, blocked=blocked) == (-signal.SIGUSR1, 0)


@claim("SPAWN04")
def test_a_spawned_process_can_have_the_default_action_of_a_signal(evidence):
    """A spawned process ignores the signals that its parent ignores, except those in setsigdef.

    The parent here ignores SIGPIPE, as every Python program does.
    """
    ignored = spawned("-c", "kill -PIPE $$")
    default = spawned("-c", "kill -PIPE $$", setsigdef=[signal.SIGPIPE])
    assert evidence(as_in_the_parent=ignored, default=default) == (0, -signal.SIGPIPE)


@claim("SPAWN05")
@refuted(
    where=not hasattr(os, "POSIX_SPAWN_CLOSEFROM"),
    because="3.13 added os.POSIX_SPAWN_CLOSEFROM (gh-113117), where the C library can do it",
    by="AttributeError: module 'os' has no attribute 'POSIX_SPAWN_CLOSEFROM'",
)
def test_posix_spawn_can_close_all_descriptors_from_one_on(tmp_path, evidence):
    """With POSIX_SPAWN_CLOSEFROM posix_spawn() closes all descriptors from a number on.

    Before 3.13, and on macOS and wherever else the C library cannot do it (glibc can since 2.34):
    "AttributeError: module 'os' has no attribute 'POSIX_SPAWN_CLOSEFROM'".  There, close each by
    POSIX_SPAWN_CLOSE, or make them not inheritable, as they are by default (PEP 446).
    """
    target = tmp_path / "target"
    actions = [*opening(os.devnull, target), (os.POSIX_SPAWN_CLOSEFROM, 8)]
    spawned("-c", PRINTING, environment={}, file_actions=actions)
    assert evidence(still_open=target.read_text().split()) == ["7"]
