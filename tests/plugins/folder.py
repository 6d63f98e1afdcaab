"""Where the temporary folder of a run belongs."""

import os
import tempfile

from tests.harness.interpreter import POSIX

#: So many bytes long a temporary directory may be: paths of sockets are at most 107 bytes long (103
#: on macOS), and multiprocessing's are 44 bytes longer than the directory.
LONGEST = 59


def temporary_directory() -> str:
    """Return where the folder belongs: in the usual place, or in /tmp if that is too long."""
    usual = tempfile.gettempdir()
    return "/tmp" if POSIX and len(os.fsencode(usual)) > LONGEST else usual  # noqa: S108
