"""The versions of CPython, as users name them."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Those that claims are decided on; 3.16 is CPython's main branch.
KNOWN = tuple("3.10 3.11 3.12 3.13 3.13t 3.14 3.14t 3.15 3.15t 3.16 3.16t".split())

_NAME = re.compile(r"(?:py(?:thon)?|cpython-?)?3\.?(\d\d)(?:\.\d+)?(t?)", re.IGNORECASE)


class Version(NamedTuple):
    """A version of CPython: its branch, and whether it is the build without a GIL."""

    release: tuple[int, int]
    free_threaded: bool

    @classmethod
    def named(cls, name: str) -> Version:
        """Return the version of a name: 3.13, py313, python3.13t.  Raises LookupError if none."""
        found = _NAME.fullmatch(name)
        version = cls((3, int(found[1])), bool(found[2])) if found else None
        if version is None or version.name not in KNOWN:
            raise LookupError(f"no Python is called {name!r} here: say one of {', '.join(KNOWN)}")
        return version

    @property
    def name(self) -> str:
        """Its name, such as ``3.13t``."""
        return ".".join(map(str, self.release)) + "t" * self.free_threaded
