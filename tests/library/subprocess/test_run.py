"""subprocess.run and its older siblings: what they return, what they raise, and threads.

Source: https://docs.python.org/3/library/subprocess.html#using-the-subprocess-module
"""

import os
import signal
import subprocess
import sys

from tests.harness import PATIENCE, cases, claim, control, kinds, needs_posix, outcome, until
from tests.library.subprocess.tether import readable

every_spec = [needs_posix]

FAILS = ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]


def run_and_check(command, **keywords):
    return subprocess.run(command, check=True, **keywords)


@claim("POPEN01")
@cases(function=(run_and_check, subprocess.check_call, subprocess.check_output))
def test_a_checked_command_that_fails_raises(function, evidence):
    """With check=True, and by check_call() and check_output(), exit codes but 0 are exceptions.

    "subprocess.CalledProcessError: Command '['/bin/sh', '-c', 'exit 3']' returned non-zero exit
    status 3."  3.15.2 and 3.16 leave out the quotes around it.  The message does not say what the
    command has printed; CalledProcessError.stdout, also called output, and .stderr have it, if it
    was captured.
    """
    error = outcome(function, ["/bin/sh", "-c", "exit 3"])
    raised = evidence(raised=f"{type(error).__module__}.{type(error).__name__}: {error}")
    assert raised.replace("'[", "[").replace("]'", "]") == (
        "subprocess.CalledProcessError: Command ['/bin/sh', '-c', 'exit 3'] returned non-zero exit "
        "status 3."
    )


@claim("POPEN01")
def test_the_exception_has_what_the_command_printed(evidence):
    """CalledProcessError has the command, its exit code, and what was captured of its output."""
    error = outcome(subprocess.run, FAILS, capture_output=True, check=True)
    control(isinstance(error, subprocess.CalledProcessError), f"it is another: {error!r}")
    assert evidence(code=error.returncode, command=error.cmd) == (3, FAILS)
    assert evidence(stdout=error.stdout, stderr=error.stderr) == (b"out\n", b"err\n")
    assert error.output == error.stdout


@claim("POPEN02")
def test_an_unchecked_command_that_fails_is_silent(evidence):
    """Without check=True nothing is raised when a command fails: look at the returncode.

    run() returns a CompletedProcess, call() only the exit code.  check_returncode() of the
    CompletedProcess raises later what check=True would have raised.
    """
    done = subprocess.run(FAILS, capture_output=True)
    code = subprocess.call(FAILS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert type(done) is subprocess.CompletedProcess
    assert evidence(run=done.returncode, call=code) == (3, 3)
    assert evidence(stdout=done.stdout, stderr=done.stderr) == (b"out\n", b"err\n")
    late = outcome(done.check_returncode)
    assert evidence(later=kinds([late])) == ["CalledProcessError"]
    assert late.stdout == b"out\n"


@claim("POPEN02")
def test_a_command_that_succeeds_passes_its_check(evidence):
    """CompletedProcess.check_returncode() returns None if the command has succeeded."""
    assert evidence(check=outcome(subprocess.run(["true"]).check_returncode)) is None


@claim("POPEN03")
@cases(function=(subprocess.getstatusoutput, subprocess.getoutput))
def test_getoutput_takes_both_streams_and_no_exit_code_seriously(function, evidence):
    """getoutput() and getstatusoutput() return text of both streams, and raise for no exit code.

    The last newline is cut off.  The status is the exit code, -N after signal N, and not what
    os.wait() returns.  The command goes through the shell.
    """
    told = evidence(returned=function("echo out; echo err >&2; exit 3"))
    assert told == ((3, "out\nerr") if function is subprocess.getstatusoutput else "out\nerr")


@claim("POPEN03")
def test_getstatusoutput_gives_a_signal_as_a_negative_number(evidence):
    """getstatusoutput() gives -N if signal N has ended the shell."""
    assert evidence(returned=subprocess.getstatusoutput("kill -9 $$")) == (-signal.SIGKILL, "")


MODES = {"text": {"text": True}, "universal_newlines": {"universal_newlines": True}, "encoding": {}}


@claim("POPEN04")
@cases(mode=MODES)
def test_a_text_pipe_joins_a_character_that_came_in_two_pieces(mode, background, evidence):
    """In text mode a character that a child writes in two pieces is read as one.

    A pipe carries bytes in pieces of any size, so bytes.decode() of what os.read() gave may fail,
    by UnicodeDecodeError: "unexpected end of data".  (If 'utf-8' codec can't decode a byte of the
    output, the child writes another encoding: name it, or errors="replace".)  text=True (of old:
    universal_newlines=True), encoding= or errors= put a decoder between, which waits for the rest.
    """
    halves = r"printf '\303'; read line; printf '\244\r\n'"
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(["/bin/sh", "-c", halves], **pipes, encoding="utf-8", **mode) as process:
        control(readable(process.stdout, PATIENCE), "the first half comes")
        reading = background(process.stdout.read)
        until(lambda: not readable(process.stdout), "the first half to be read")
        process.stdin.close()
        assert evidence(read=reading.result()) == "ä\n"
        assert process.universal_newlines


@claim("POPEN05")
def test_a_program_that_is_missing_is_no_subprocess_error(monkeypatch, evidence):
    """A program that cannot be started raises an OSError, which is not a SubprocessError.

    "FileNotFoundError: [Errno 2] No such file or directory: 'no-such-program'": the child tells its
    parent what exec() said, by a pipe, and ends.  It is a PermissionError if PATH names a folder
    that this user may not enter, such as /root/bin.  A command line as one string is taken for the
    name of a program: give a list, ["ls", "-l"].  (On Windows it is "[WinError 2] The system cannot
    find the file specified", for dir and copy, too: they are the shell's.)  SubprocessError is what
    CalledProcessError and TimeoutExpired have in common.  With shell=True nothing is raised: the
    shell exits with 127.
    """
    monkeypatch.setenv("PATH", os.defpath)
    error = outcome(subprocess.Popen, ["no-such-program"])
    shell = subprocess.run("no-such-program", shell=True, stderr=subprocess.DEVNULL)
    assert evidence(raised=f"{type(error).__name__}: {error}") == (
        "FileNotFoundError: [Errno 2] No such file or directory: 'no-such-program'"
    )
    assert not isinstance(error, subprocess.SubprocessError)
    assert issubclass(subprocess.CalledProcessError, subprocess.SubprocessError)
    assert issubclass(subprocess.TimeoutExpired, subprocess.SubprocessError)
    assert evidence(shell=shell.returncode) == 127


@claim("POPEN06")
def test_threads_run_commands_side_by_side(background, tmp_path, evidence):
    """Threads that call run() have their commands run in parallel: waiting holds no GIL.

    A ThreadPoolExecutor with subprocess.run is all that parallel commands need, no pool of
    processes.  Here each of two commands can end only together with the other.
    """
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    commands = [f"cat {fifo}", f"echo met > {fifo}"]
    running = [background(subprocess.getoutput, command) for command in commands]
    assert evidence(printed=[one.result() for one in running]) == ["met", ""]


@claim("POPEN57")
@cases(
    options={
        "input and stdin": (
            {"input": b"", "stdin": subprocess.PIPE},
            "stdin and input arguments may not both be used.",
        ),
        "capture_output and stdout": (
            {"capture_output": True, "stdout": subprocess.PIPE},
            "stdout and stderr arguments may not be used with capture_output.",
        ),
    }
)
def test_run_refuses_two_words_for_one_thing(options, evidence):
    """run() refuses input= with stdin=, and capture_output=True with stdout= or stderr=.

    "ValueError: stdin and input arguments may not both be used." and "ValueError: stdout and stderr
    arguments may not be used with capture_output.".  input= makes the pipe itself.  Instead of both
    streams in one: run(..., stdout=PIPE, stderr=STDOUT), without capture_output.
    """
    given, message = options
    error = outcome(subprocess.run, [sys.executable, "-c", ""], check=True, **given)
    assert repr(evidence(raised=error)) == f"ValueError({message!r})"


@claim("POPEN58")
def test_env_is_the_whole_environment(tmp_path, monkeypatch, evidence):
    """With env= a subprocess has these environment variables only, and none of os.environ.

    Without env= it has what os.environ has at its start.  The PATH of env= is where the program is
    looked for: "FileNotFoundError: [Errno 2] No such file or directory: 'sh'", though os.environ
    has another PATH.  What a child sets or exports its parent never sees.  To add a variable:
    env={**os.environ, "WORD": "word"}.
    """
    monkeypatch.setenv("OURS", "ours")
    monkeypatch.delenv("WORD", raising=False)
    word = {"WORD": "word"}

    def printed(env=None):
        command = ["/bin/sh", "-c", 'echo "$OURS,$WORD"; export WORD=changed']
        return subprocess.check_output(command, env=env, text=True)

    by_env = [printed(), printed(word), printed({**os.environ, **word})]
    assert evidence(printed=by_env) == ["ours,\n", ",word\n", "ours,word\n"]
    assert "WORD" not in os.environ
    error = outcome(subprocess.run, ["sh", "-c", ""], env={"PATH": str(tmp_path)})
    assert evidence(raised=f"{type(error).__name__}: {error}") == (
        "FileNotFoundError: [Errno 2] No such file or directory: 'sh'"
    )
