"""Counterfeits for the claims of library/deployment/test_windows.py: a system that lacks this."""

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch


@counterfeit("DEPLOY43", where=POSIX)
def there_are_no_sessions():
    """The module os has no setsid, getpgid or mkfifo."""
    import os

    del os.setsid, os.getpgid, os.mkfifo


@counterfeit("DEPLOY43", where=POSIX)
def there_is_no_preexec_fn():
    """Popen refuses a preexec_fn."""

    def change(init):
        def refusing(self, *arguments, preexec_fn=None, **keywords):
            if preexec_fn is not None:
                raise ValueError("preexec_fn is not supported on Windows platforms")
            init(self, *arguments, **keywords)

        return refusing

    patch("subprocess.Popen", __init__=change)


@counterfeit("DEPLOY44", where=POSIX)
def there_is_no_system_log():
    """Nothing called syslog or termios can be imported."""
    import sys

    sys.modules["syslog"] = sys.modules["termios"] = None


@counterfeit("DEPLOY45", where=POSIX)
def an_open_file_keeps_its_name():
    """A file beside that of a program that is running can be neither renamed nor removed."""
    import os

    started = []

    def start(init):
        def noting(self, command, *arguments, **keywords):
            init(self, command, *arguments, **keywords)
            started.append((self, command))

        return noting

    def looking(change):
        def refusing(path, *more, **keywords):
            for child, command in started:
                if child.returncode is None and str(path) in command:
                    raise PermissionError(13, "The process cannot access the file")
            return change(path, *more, **keywords)

        return refusing

    patch("subprocess.Popen", __init__=start)
    os.rename, os.remove = looking(os.rename), looking(os.remove)
