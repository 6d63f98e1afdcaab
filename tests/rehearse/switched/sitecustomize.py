"""Makes an interpreter behave as a later one, if it starts with this folder on PYTHONPATH.

The environment variable REHEARSE names what is switched on, with commas between.  REHEARSE_NOTES
may name a file for notes: a line for each interpreter, and for each switch that it came upon.
Nothing is imported for a switch's sake: it waits until the program imports the module concerned.
It reads as any Python does, since a project may run old ones.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120


def _note(what: str) -> None:
    """Write down the version of this interpreter, and what happened in it."""
    path = os.environ.get("REHEARSE_NOTES")
    if not path:
        return
    tag = "t" if "free-threading build" in sys.version else ""
    try:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(f"{sys.version_info[0]}.{sys.version_info[1]}{tag} {what}\n")
    except OSError:
        pass  # this process outlives the rehearsal


def _tell_where() -> None:
    """Let a signal that programs hardly use write down where all threads of this process are."""
    path = os.environ.get("REHEARSE_NOTES")
    if path:
        try:
            import faulthandler

            file = os.open(path + ".where", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            number = importlib.import_module("_signal").SIGRTMAX - 1  # signal itself imports enum
            faulthandler.register(number, file=file)
        except (ImportError, AttributeError, OSError):
            pass  # without it a hang is less clear


def _fork_server(context: Any) -> None:
    """Make the fork server the default, which a program may still set, once, to another."""
    default = context._default_context
    default._default_context = context._concrete_contexts["forkserver"]
    plain = context.DefaultContext.set_start_method

    def set_start_method(self: Any, method: Any, force: bool = False) -> None:
        plain(self, method, force)
        if method == "fork":
            _note("pinned")

    context.DefaultContext.set_start_method = set_start_method
    _note("fork-server")


def _event_loop(events: Any) -> None:
    """Let get_event_loop() find a loop that was set, and never make one."""
    import threading

    def get_event_loop(self: Any) -> Any:
        if self._local._loop is None:
            thread = threading.current_thread().name
            raise RuntimeError(f"There is no current event loop in thread {thread!r}.")
        return self._local._loop

    events.BaseDefaultEventLoopPolicy.get_event_loop = get_event_loop
    _note("event-loop")


def _child_watchers(asyncio: Any) -> None:
    """Take the child watchers out of asyncio's names; asyncio itself has others for them."""
    gone = [
        name for name in vars(asyncio) if name.lower().endswith(("child_watcher", "childwatcher"))
    ]
    for name in gone:
        delattr(asyncio, name)
    asyncio.__all__ = tuple(name for name in asyncio.__all__ if name not in gone)
    _note("child-watchers")


_SWITCHES = {
    "fork-server": ("multiprocessing.context", _fork_server),
    "event-loop": ("asyncio.events", _event_loop),
    "child-watchers": ("asyncio", _child_watchers),
}


class _Watcher:
    """Finds the modules that switches are about, and switches once they have been executed."""

    def __init__(self, switches: Any) -> None:
        self._switches = switches

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the spec of a module that a switch is about; None for all others."""
        if name not in self._switches:
            return None
        spec = PathFinder.find_spec(name, path, target)
        loader: Any = spec and spec.loader
        if loader:
            switch, execute = self._switches[name], loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                switch(module)

            loader.exec_module = exec_module
        return spec


def _switch_on() -> None:
    names = os.environ.get("REHEARSE", "").split(",")
    wanted = dict(_SWITCHES[name] for name in names if name in _SWITCHES)
    for name in sorted(wanted):
        if name in sys.modules:  # a .pth file has imported it
            wanted.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _Watcher(wanted))


def _run_the_one_that_this_hides() -> None:
    """Import the sitecustomize of the project, or of the system, with sys.path as it would be."""
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or os.curdir) != _HERE]  # noqa: PTH100
    mine = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        if mine:
            sys.modules["sitecustomize"] = mine


if __name__ == "sitecustomize":
    _note("runs")
    _tell_where()
    _switch_on()
    _run_the_one_that_this_hides()
