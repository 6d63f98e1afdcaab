"""The Python files below a folder, as text, and why some of them are not read."""

from __future__ import annotations

import io
import os
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: Folders of other people's code, and of what is made.
_SKIPPED = frozenset(
    "__pycache__ node_modules venv env build dist site-packages __pypackages__".split()
)

#: A larger file was not written by hand.
_LARGEST = 4_000_000

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Source:
    """The text of a file; its path is relative to the project, with slashes."""

    path: str
    text: str

    @cached_property
    def words(self) -> frozenset[str]:
        """All identifiers and words of the text."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n") + 1


@dataclass(frozen=True)
class Unread:
    """A file that was not read, and why not."""

    path: str
    why: str


def sources(root: Path) -> tuple[list[Source], list[Unread]]:
    """Return the Python files below a folder, or the one file, and those that cannot be read."""
    found: list[Source] = []
    unread: list[Unread] = []
    folder = root if root.is_dir() else root.parent
    for path in _python_files(root):
        name = path.relative_to(folder).as_posix()
        read = _read(path, name)
        if isinstance(read, Source):
            found.append(read)
        else:
            unread.append(read)
    return found, unread


def _python_files(root: Path) -> list[Path]:
    if not root.is_dir():
        return [root] if root.is_file() and (root.suffix == ".py" or _is_script(root)) else []
    found: dict[tuple[int, int], Path] = {}  # by what a file is: it may have several names
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED and not name.startswith(".")
        )
        for name in sorted(files):
            path = Path(folder, name)
            if (name.endswith(".py") or ("." not in name and _is_script(path))) and path.is_file():
                status = path.stat()
                found.setdefault((status.st_dev, status.st_ino), path)
    return list(found.values())


def _is_script(path: Path) -> bool:
    """Tell whether a file without suffix begins as a Python script does."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            first = file.readline(100)
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first


def _read(path: Path, name: str) -> Source | Unread:
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            return Unread(name, f"it has {size / 1e6:.0f} MB, over {_LARGEST / 1e6:.0f} MB")
        raw = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)  # what a comment says
        return Source(name, raw.decode(encoding))
    except UnicodeDecodeError as error:
        return Unread(name, f"it is not {error.encoding.upper()} (byte {error.start})")
    except SyntaxError:
        return Unread(name, "it is not UTF-8, and names no other encoding that is known")
    except OSError as error:
        return Unread(name, error.strerror or type(error).__name__)
