"""Counterfeits: small, plausible corruptions of the standard library, each breaking a few claims.

A counterfeit is a function that patches the library when it is called; its docstring says what it
breaks.  The tree mirrors that of the specs: a counterfeit of what ``library/queue/test_queue.py``
claims is in ``queue/queue.py``, and its name is ``queue/queue:the_last_item_comes_first``.

``kill/injection/sitecustomize.py`` applies the one that COUNTERFEIT names at the start of every
interpreter.  So the modules import what they patch inside the functions, and this one as good as
nothing.  (In this module
the names ``os`` and ``sys`` would be those of folders.)
"""

from importlib import import_module


class Counterfeit:
    """A corruption, and the ids of the claims that must be contradicted under it."""

    def __init__(self, apply, breaks, where=True):
        self.apply, self.breaks, self.where = apply, tuple(breaks), where
        self.place = "/".join(apply.__module__.split(".")[-2:])
        self.name = f"{self.place}:{apply.__name__}"

    def __repr__(self):
        return self.name


def counterfeit(*breaks, where=True):
    """Make the decorated function a counterfeit that breaks the claims with these ids.

    ``where`` says whether it breaks them on this interpreter.
    """
    return lambda function: Counterfeit(function, breaks, where)


def find(name):
    """Return the counterfeit of this full name; raise LookupError, with a hint, if there is none.

    Every child of a run does this when it starts: only the module with the name is imported.
    """
    place, _, function = name.partition(":")
    try:
        return getattr(import_module("." + place.replace("/", "."), __name__), function)
    except (ImportError, AttributeError):
        raise LookupError(f"there is no counterfeit {name!r}{_hint(name)}") from None


def everything():
    """Return all counterfeits by name."""
    from pathlib import Path

    found = {}
    for path in sorted(Path(__path__[0]).glob("*/*.py")):
        module = import_module(f"{__name__}.{path.parent.name}.{path.stem}")
        fakes = [one for one in vars(module).values() if isinstance(one, Counterfeit)]
        found |= {fake.name: fake for fake in fakes}
    return found


def named(text):
    """Return the counterfeits with this full name, in this module or folder, or of this bare name.

    Raises LookupError if there are none, or if several have this bare name.
    """
    known, where = everything(), text.rstrip("/")
    bare = [name for name in known if name.partition(":")[2] == text]
    if len(bare) > 1:
        raise LookupError(f"which counterfeit {text!r} is it: {' or '.join(bare)}?")
    found = [name for name in known if where in (name, *_prefixes(name))] or bare
    if not found:
        raise LookupError(f"there is no counterfeit {text!r}{_hint(text)}")
    return [known[name] for name in found]


def _prefixes(name):
    """Return the module and the folder of a counterfeit."""
    return name.partition(":")[0], name.partition("/")[0]


def _hint(text):
    """Return a question for the names that are next to this one, which does not exist."""
    from difflib import get_close_matches

    names = {name.partition(":")[2]: name for name in everything()}
    near = get_close_matches(text.rpartition(":")[2], names, n=3)
    return f"; did you mean {', '.join(names[one] for one in near)}?" if near else ""


def apply(name):
    """Make the named counterfeit live in this interpreter; exit with one line if unknown."""
    try:
        fake = find(name)
    except LookupError as error:
        from os import _exit

        # An exception, SystemExit too, would end the start-up with a traceback.
        print(f"error: {error}", file=import_module("sys").stderr, flush=True)
        _exit(4)
    fake.apply()
