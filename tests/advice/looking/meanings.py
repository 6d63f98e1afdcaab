"""Arguments and clauses that mean something else since a release."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.modules import Scope
from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts

_TIMEOUTS = {
    "asyncio.TimeoutError",
    "asyncio.exceptions.TimeoutError",
    "concurrent.futures.TimeoutError",
    "concurrent.futures._base.TimeoutError",
}

_OS_ERRORS = {"OSError", "IOError", "EnvironmentError"}


@pattern(
    "clause for an OSError",
    since="3.11",
    instead="put the clause for TimeoutError before the one for OSError",
)
def clause_for_an_oserror(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for `except OSError` before a clause for asyncio's TimeoutError."""
    for home in project.mentioning("TimeoutError", beside=_OS_ERRORS):
        scope = Scope(home)
        for node in ast.walk(home.tree):
            if not isinstance(node, ast.Try):
                continue
            caught = [{*_caught(project, one, scope)} for one in node.handlers]
            for i, names in enumerate(caught):
                later = {name for others in caught[i + 1 :] for name in others}
                if names & _OS_ERRORS and not names & _TIMEOUTS and later & _TIMEOUTS:
                    what = "this clause takes a TimeoutError, which is an OSError since 3.11"
                    yield seen(home, node.handlers[i], what)
                    break


def _caught(project: Project, handler: ast.ExceptHandler, scope: Scope) -> Iterator[str]:
    """Yield the names of the exceptions that a clause catches."""
    for one in handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]:
        yield from project.names(one, scope)


@pattern(
    "arguments of a connection",
    since="3.15",
    instead="give all arguments but the first by name: timeout=30",
)
def arguments_of_a_connection(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for sqlite3.connect() with more than the path by position."""
    for call in project.calls_of("sqlite3.connect"):
        if len(call.node.args) > 1:
            what = "sqlite3.connect() takes only the path by position since 3.15"
            yield seen(call.module, call.node, what)
