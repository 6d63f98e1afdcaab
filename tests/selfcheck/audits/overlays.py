"""The Python files of CPython's releases, laid over interpreters of their branches.

With an overlay on PYTHONPATH an interpreter imports the files of a release, and says that it is
this release.  C code remains its own, and so do modules that are frozen into it, such as os.
"""

import hashlib
import io
import os
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from tests.vocabulary.specs import ROOT

#: What is laid over: modules and packages about concurrency, and those that they build on.
MODULES = (
    "_py_warnings.py _threading_local.py _weakrefset.py asyncio collections concurrent "
    "contextlib.py contextvars.py copyreg.py functools.py logging multiprocessing pickle.py "
    "queue.py random.py sched.py selectors.py shutil.py signal.py socket.py subprocess.py "
    "tempfile.py threading.py warnings.py weakref.py"
).split()

#: The first release that is looked at, unless an older one is named.
OLDEST = "3.10.9"

_LEVELS = {"a": "alpha", "b": "beta", "rc": "candidate", None: "final"}
_RELEASE = r"(3)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?"

#: What an interpreter is asked for; it fails where the suite could not run.
_ASK = """\
import pytest, pytest_benchmark, pytest_timeout, sys, sysconfig, xdist
print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3], sysconfig.get_path("stdlib"))
"""

_SITECUSTOMIZE = """\
import sys


class Release(tuple):
    major, minor, micro, releaselevel, serial = (
        property(lambda self, n=n: self[n]) for n in range(5)
    )


sys.version_info = Release({info})
"""


@dataclass(frozen=True)
class Local:
    """An interpreter at hand: what starts it, its release, and where its library is."""

    python: str
    release: str
    library: Path


@dataclass(frozen=True)
class Point:
    """A release on an interpreter: its files by path, with git's names of what is in them.

    Without files it is the interpreter as it is.
    """

    name: str
    local: Local
    files: Mapping[str, str]

    def laid(self) -> list[str]:
        """Return the modules of which some file differs from the interpreter's."""
        changed = (path for path, blob in self.files.items() if blob != self._own(path))
        return sorted({path.partition("/")[0] for path in changed})

    def _own(self, path: str) -> str:
        file = self.local.library / path
        data = file.read_bytes() if file.exists() else b""
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def info(name: str) -> tuple[int, int, int, str, int]:
    """Return what ``sys.version_info`` is in a release; releases can be sorted by it, too."""
    found = re.fullmatch(_RELEASE, name)
    assert found, f"{name} is no release"
    major, minor, micro, level, serial = found.groups()
    return int(major), int(minor), int(micro), _LEVELS[level], int(serial or 0)


def branch(name: str) -> str:
    """Return the branch of a release."""
    return name.rpartition(".")[0]


def interpreters() -> Iterator[Local]:
    """Yield the CPythons that can run the suite, one for each release: of tox, then on PATH."""
    tox = sorted(ROOT.glob(".tox/py3[0-9][0-9]/bin"))
    known = set()
    for folder in dict.fromkeys([*tox, *map(Path, os.get_exec_path())]):
        for python in sorted(folder.glob("python3.*")):
            if not re.fullmatch(r"python3\.\d\d(\.\d+)?", python.name):
                continue
            done = subprocess.run([python, "-c", _ASK], check=False, capture_output=True, text=True)
            kind, release, library = [*done.stdout.split(maxsplit=2), "", "", ""][:3]
            if kind == "cpython" and release not in known:
                known.add(release)
                yield Local(str(python), release, Path(library.strip()))


def git(repository: Path, *arguments: str) -> bytes:
    """Return what git prints.  Raises ValueError, with what git says, if it fails."""
    done = subprocess.run(["git", "-C", repository, *arguments], check=False, capture_output=True)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip().partition("\n")[0])
    return done.stdout


def releases(repository: Path, only: Sequence[str]) -> list[str]:
    """Return the final releases since OLDEST, or what is named: releases, or whole branches.

    Raises ValueError if there is no repository, or if it has no such tags.
    """
    tags = git(repository, "tag", "--list", "v3.*").decode().split()
    known = [tag[1:] for tag in tags if re.fullmatch(f"v{_RELEASE}", tag)]
    usual = [name for name in known if info(OLDEST) <= info(name) and info(name)[3] == "final"]
    if not usual:
        raise ValueError(f"{repository} has no tags of releases, such as v3.13.0")
    chosen: set[str] = set()
    for wanted in only:
        those = {name for name in usual if branch(name) == wanted} | ({wanted} & {*known})
        if not those:
            raise ValueError(f"{repository} has no release {wanted}, and no branch of that name")
        chosen |= those
    return sorted(chosen or usual, key=info)


def points(repository: Path, only: Sequence[str]) -> list[Point]:
    """Return the releases, each on the nearest interpreter.

    Raises ValueError if there is no repository, no such release, or no interpreter of a branch.
    """
    names, found = releases(repository, only), list(interpreters())
    missing = {*map(branch, names)} - {branch(local.release) for local in found}
    if missing:
        raise ValueError(
            f"no interpreter of {', '.join(sorted(missing))} has what the suite depends on: "
            "tox --notest makes those that tox finds, and --only chooses releases"
        )
    return [Point(n, _nearest(n, found), _files(repository, f"v{n}")) for n in names]


def _nearest(name: str, found: Iterable[Local]) -> Local:
    same = [local for local in found if branch(local.release) == branch(name)]
    return min(same, key=lambda local: abs(info(local.release)[2] - info(name)[2]))


def _files(repository: Path, tag: str) -> dict[str, str]:
    paths = [f"Lib/{name}" for name in MODULES]
    lines = git(repository, "ls-tree", "-r", tag, "--", *paths).decode().splitlines()
    split = (line.split("\t") for line in lines)
    return {path.removeprefix("Lib/"): about.split()[2] for about, path in split}


@cache
def _told_apart() -> list[str]:
    """Return the releases that specs, and what they use, name."""
    paths = chain(*((ROOT / "tests" / f).rglob("*.py") for f in ("harness", "library", "notes")))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return [match[0] for text in texts for match in re.finditer(rf'(?<="){_RELEASE}(?=")', text)]


def alike(one: Point, other: Point) -> bool:
    """Tell whether nothing that specs can see differs between a release and a later one."""
    between = any(info(one.name) < info(name) <= info(other.name) for name in _told_apart())
    return (one.local, one.files) == (other.local, other.files) and not between


def overlay(repository: Path, point: Point, release: str, parent: Path) -> Path:
    """Return a new folder with the files of a point, to be put on PYTHONPATH of its interpreter.

    With it the interpreter says that it is ``release``.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{point.name}-", dir=parent))
    if laid := [f"Lib/{name}" for name in point.laid()]:
        archive = git(repository, "archive", "--format=zip", f"v{point.name}", *laid)
        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
    (folder / "Lib").mkdir(exist_ok=True)
    text = _SITECUSTOMIZE.format(info=info(release))
    (folder / "Lib" / "sitecustomize.py").write_text(text, encoding="utf-8")
    return folder / "Lib"
