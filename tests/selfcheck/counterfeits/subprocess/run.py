"""Counterfeits for the claims of library/subprocess/test_run.py."""

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch


@counterfeit("POPEN01", where=POSIX)
def a_check_is_forgotten():
    """run() and what calls it ignore check=True."""
    import subprocess

    run = subprocess.run
    subprocess.run = lambda *args, check=False, **keywords: run(*args, **keywords)


@counterfeit("POPEN01", where=POSIX)
def the_exception_has_no_output():
    """CalledProcessError does not keep what the command has printed."""

    def change(init):
        return lambda self, returncode, cmd, output=None, stderr=None: init(self, returncode, cmd)

    patch("subprocess.CalledProcessError", __init__=change)


@counterfeit("POPEN02", where=POSIX)
def a_late_check_does_nothing():
    """CompletedProcess.check_returncode() never raises."""
    patch("subprocess.CompletedProcess", check_returncode=lambda check: lambda self: None)


@counterfeit("POPEN03", where=POSIX)
def the_status_is_a_wait_status():
    """getstatusoutput() gives what os.wait() gives."""
    import subprocess

    get = subprocess.getstatusoutput

    def getstatusoutput(*args, **keywords):
        code, output = get(*args, **keywords)
        return code << 8, output

    subprocess.getstatusoutput = getstatusoutput


@counterfeit("POPEN03", where=POSIX)
def getoutput_takes_one_stream():
    """getoutput() returns the standard output only."""
    import subprocess

    def getoutput(command):
        return subprocess.run(command, shell=True, text=True, capture_output=True).stdout.rstrip()

    subprocess.getoutput = getoutput


@counterfeit("POPEN04", where=POSIX)
def text_pipes_drop_what_is_not_ascii():
    """In text mode each byte that is no ASCII character is left out."""

    def change(init):
        def in_ascii(self, *args, **keywords):
            init(self, *args, **keywords)
            if self.text_mode and self.stdout:
                self.stdout.reconfigure(encoding="ascii", errors="ignore")

        return in_ascii

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN05", where=POSIX)
def a_missing_program_is_a_subprocess_error():
    """What Popen raises if there is no such program is a SubprocessError, too."""
    import subprocess

    both = type("FileNotFoundError", (FileNotFoundError, subprocess.SubprocessError), {})

    def change(execute):
        def execute_child(self, *args):
            try:
                execute(self, *args)
            except FileNotFoundError as error:
                raise both(error.errno, error.strerror, error.filename) from None

        return execute_child

    patch("subprocess.Popen", _execute_child=change)


@counterfeit("POPEN06", where=POSIX)
def one_command_at_a_time():
    """check_output(), and so getoutput(), waits for that of another thread."""
    import subprocess
    import threading

    check_output, lock = subprocess.check_output, threading.Lock()

    def one_at_a_time(*args, **keywords):
        with lock:
            return check_output(*args, **keywords)

    subprocess.check_output = one_at_a_time


@counterfeit("POPEN57", where=POSIX)
def input_goes_with_stdin():
    """run() takes input= for the stdin that it is given."""
    import subprocess

    run = subprocess.run

    def run_with_input(*arguments, **keywords):
        if "input" in keywords:
            keywords.pop("stdin", None)
        return run(*arguments, **keywords)

    subprocess.run = run_with_input


@counterfeit("POPEN58", where=POSIX)
def env_is_added_to_the_environment():
    """Popen() gives its child os.environ beside env=."""
    import os

    def change(init):
        def added(self, *arguments, env=None, **keywords):
            init(self, *arguments, env=env and {**os.environ, **env}, **keywords)

        return added

    patch("subprocess.Popen", __init__=change)
