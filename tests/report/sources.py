"""Where specs are: their lines, their text, and an address to link to."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.report.matrix import Claim
from tests.vocabulary.specs import PROGRAMS, ROOT, Spec, all_specs, folder_of_programs


@dataclass(frozen=True)
class Source:
    """The text of a claim's specs, and the first and the last line (from 1) of the first one."""

    first: int
    last: int
    text: str
    docs: str = ""

    @property
    def without_docstrings(self) -> str:
        """The text without what the page shows beside it: the claims and their explanations."""
        return _DOCSTRING.sub("", self.text)


#: The docstring of a spec, with its line.
_DOCSTRING = re.compile(r'(?<=:\n)    """.*?"""\n', re.DOTALL)


@cache
def _documentation(path: Path) -> str:
    """Return the address of the documentation that a file of specs names; it may be empty."""
    found = re.search(r"^Source: (https://\S+)", path.read_text("utf-8")[:2000], re.MULTILINE)
    return found[1] if found else ""


class Sources:
    """The specs of this checkout."""

    def __init__(self) -> None:
        self._specs: dict[str, list[Spec]] = {}
        for spec in all_specs():
            self._specs.setdefault(spec.id, []).append(spec)

    def of(self, claim: Claim) -> Source:
        """Return the claim's specs; if this checkout lacks them, the line that the results name."""
        specs = self._specs.get(claim.id, [])
        nodeid = f"{claim.file}::{claim.test}"
        first = next((spec for spec in specs if spec.nodeid == nodeid), None)
        if first is None:
            return Source(claim.line, claim.line, "")
        text = "\n\n\n".join(spec.text for spec in specs)
        return Source(first.first, first.last, text, _documentation(ROOT / first.file))

    def programs(self, claim: Claim) -> dict[str, str]:
        """Return the two programs of a question by their names; none of any other claim."""
        folder = folder_of_programs(ROOT / claim.file, claim.test)
        paths = [folder / f"{name}.py" for name in PROGRAMS if claim.question]
        return {path.stem: path.read_text("utf-8") for path in paths if path.exists()}


def address_of_the_checkout(page: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return what to put before a file's path, to link to it from a page at ``page``.

    In a GitHub workflow, and in a clone of a repository on GitHub, that is the commit there; for
    any other checkout the way from the page to the files beside it.
    """
    variables = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    if all(environ.get(name) for name in variables):
        server, repository, commit = (environ[name] for name in variables)
        return f"{server}/{repository}/blob/{commit}/"
    found = re.search(r"github\.com[:/](.+?)(?:\.git)?$", _git("remote", "get-url", "origin"))
    commit = _git("rev-parse", "HEAD")
    if found and commit:
        return f"https://github.com/{found[1]}/blob/{commit}/"
    return Path(os.path.relpath(ROOT, page.resolve().parent)).as_posix() + "/"


def _git(*words: str) -> str:
    """Return what git answers; nothing where there is no git, or no repository."""
    command = ["git", "-C", str(ROOT), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
