"""What can be switched on before an upgrade, from which interpreter to which, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.report.causes import CHANGES, WITHOUT_GIL
from tests.vocabulary.versions import Version

#: The folder whose sitecustomize switches on what REHEARSE names.
SWITCHED = Path(__file__).parent / "switched"


class Pair(NamedTuple):
    """An upgrade: from one version to another."""

    before: Version
    after: Version

    @property
    def name(self) -> str:
        """Its name, such as ``3.13 → 3.14``."""
        return f"{self.before.name} → {self.after.name}"

    def reaches(self, *release: int) -> bool:
        """Tell whether what this release changed is ahead."""
        return self.before.release < release <= self.after.release


@dataclass(frozen=True)
class Switch:
    """A change that can be had before the upgrade.

    ``cause`` is the issue that claims name as their reason, ``says`` are words of its exceptions.
    ``name`` is what REHEARSE and the notes call it, and ``module`` that of the library which it is
    about; one without them is on by ``environ`` alone.
    """

    cause: str
    title: str
    instead: str = ""
    name: str = ""
    module: str = ""
    says: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


def _known(cause: str, name: str, module: str, *says: str) -> Switch:
    change = CHANGES[cause]
    return Switch(cause, change.title, change.instead, name, module, says)


_FORK_SERVER = _known("gh-84559", "fork-server", "multiprocessing")

#: What asyncio no longer has in 3.14.
_LOST_BY_ASYNCIO = (
    _known("gh-126353", "event-loop", "asyncio", "There is no current event loop in thread"),
    Switch(
        "gh-120804",
        "asyncio has no child watchers any more",
        "Leave them out: asyncio.create_subprocess_exec() needs none.",
        "child-watchers",
        "asyncio",
        ("_child_watcher'", "ChildWatcher'"),
    ),
)

_CONTEXTS = Switch(
    "gh-128555",
    "A thread starts with the context, and with the warnings filters, of its starter",
    environ={"PYTHON_THREAD_INHERIT_CONTEXT": "1", "PYTHON_CONTEXT_AWARE_WARNINGS": "1"},
)


@dataclass(frozen=True)
class Plan:
    """What of an upgrade is switched on, and what cannot be, each with the reason."""

    pair: Pair
    on: tuple[Switch, ...]
    off: tuple[str, ...]

    def environ(self, old: Mapping[str, str], separator: str) -> dict[str, str]:
        """Return the variables to be set for it, given those that are set."""
        path = separator.join(filter(None, (str(SWITCHED), old.get("PYTHONPATH", ""))))
        names = [switch.name for switch in self.on if switch.name]
        found = {"PYTHONPATH": path, "REHEARSE": ",".join(names)}
        for switch in self.on:
            found |= switch.environ
        return found


def plan(before: str, after: str, platform: str) -> Plan:
    """Return what can be rehearsed on a platform, as sys.platform calls it.

    Raises LookupError, with one line, for what is no upgrade, or for nothing to be switched on.
    """
    pair = Pair(Version.named(before), Version.named(after))
    old, new = pair
    if old >= new or (old.free_threaded and not new.free_threaded):
        raise LookupError(f"{pair.name} is no upgrade: name first what the project runs on today")
    on: list[Switch] = []
    off = []
    if pair.reaches(3, 14):
        if platform in ("darwin", "win32"):
            off.append(f"{_FORK_SERVER.title}: not here, where they are spawned before and after")
        else:
            on.append(_FORK_SERVER)
        on += _LOST_BY_ASYNCIO
    if pair.reaches(3, 12):
        off.append(f"{CHANGES['gh-100228'].title}: {old.name} never does; try it on 3.12")
    if new.free_threaded and not old.free_threaded:
        change = CHANGES[WITHOUT_GIL]
        off.append(f"{change.title}: {change.rehearse}")
        if old.release >= (3, 14):
            on.append(_CONTEXTS)
        elif new.release >= (3, 14):
            off.append(f"{_CONTEXTS.title}: {old.name} has no switch for that, 3.14 has")
    if not on:
        raise LookupError(
            f"nothing of {pair.name} can be switched on before: run the tests on {new.name}"
        )
    off.append(f"sys.version_info: code that asks for the version does as on {old.name}")
    return Plan(pair, tuple(on), tuple(off))
