"""Counterfeits: small, plausible corruptions of the standard library, each breaking a claim.

A counterfeit is a function that patches the library when it is called; its docstring says what
it breaks.  ``injection/sitecustomize.py`` calls the one that COUNTERFEIT names.  The modules here
are imported by every child of a run, so they import what they patch inside the functions.

A module is one subject.  Its UNRELATED, if it has one, are the beginnings of the ids of claims
that have nothing to do with it: whatever is wrong with the subject, they stay as they are.
"""

import difflib
import importlib
import os
import pathlib
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counterfeit:
    """A corruption, and the ids of the claims that must be contradicted under it."""

    name: str
    subject: str
    breaks: tuple[str, ...]
    apply: Callable[[], None]
    where: bool = True
    #: The beginnings of the ids of claims that its subject has nothing to do with.
    unrelated: tuple[str, ...] = ()


REGISTRY: dict[str, Counterfeit] = {}


def counterfeit(*breaks: str, where: bool = True) -> Callable[[Callable[[], None]], Counterfeit]:
    """Register the decorated function as a counterfeit that breaks the claims with these ids.

    ``where`` says whether it breaks them on this interpreter.  Raises ValueError for a name
    that is taken.
    """

    def register(function: Callable[[], None]) -> Counterfeit:
        name = function.__name__
        if name in REGISTRY:
            raise ValueError(f"two counterfeits are called {name}")
        subject = function.__module__.rpartition(".")[2]
        unrelated = function.__globals__.get("UNRELATED", ())
        REGISTRY[name] = Counterfeit(name, subject, breaks, function, where, unrelated)
        return REGISTRY[name]

    return register


def load() -> dict[str, Counterfeit]:
    """Import every module of counterfeits and return them all by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return REGISTRY


def find(name: str) -> Counterfeit:
    """Return the counterfeit of this name; raise LookupError, with a hint, if there is none.

    Every child of a run does this when it starts: only the module with the name is imported.
    """
    for module in pkgutil.iter_modules(__path__):
        source = pathlib.Path(__path__[0], f"{module.name}.py")
        if f"\ndef {name}()" in source.read_text(encoding="utf-8"):
            importlib.import_module(f"{__name__}.{module.name}")
    known = REGISTRY if name in REGISTRY else load()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or sorted(known)[:3]
        raise LookupError(f"there is no counterfeit {name!r}; did you mean {', '.join(near)}?")
    return known[name]


def apply(name: str) -> None:
    """Make the named counterfeit live in this interpreter; exit with one line if unknown."""
    try:
        fake = find(name)
    except LookupError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        os._exit(4)  # an exception, SystemExit too, would end the start-up with a traceback
    fake.apply()
