"""Where specs are: their lines, their text, and an address to link to."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.report.matrix import Claim

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """The text of a spec with its decorators, and its first and last line (from 1)."""

    first: int
    last: int
    text: str


class Sources:
    """The specs of a checkout, each file read once."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._files: dict[str, dict[str, Source]] = {}

    def of(self, claim: Claim) -> Source:
        """Return the claim's spec; if this checkout lacks it, the line that the results tell."""
        if claim.file not in self._files:
            self._files[claim.file] = self._read(claim.file)
        return self._files[claim.file].get(claim.test, Source(claim.line, claim.line, ""))

    def _read(self, file: str) -> dict[str, Source]:
        path = (self._root / file).resolve()
        # What a result file calls a spec's file is only opened where specs are.
        if not path.is_relative_to(self._root / "tests") or path.suffix != ".py":
            return {}
        try:
            text = path.read_text(encoding="utf-8")
            nodes = ast.parse(text).body
        except (OSError, ValueError, SyntaxError):
            return {}
        lines = text.splitlines()
        found = {}
        for node in nodes:
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                source = "\n".join(lines[first - 1 : node.end_lineno])
                found[node.name] = Source(first, node.end_lineno, source)
        return found


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
