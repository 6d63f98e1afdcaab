"""How specs are distributed to the workers of ``pytest -n`` (a pytest plugin)."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]


class _ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Keeps the specs of a file in one worker, and gives one that crashes to no second worker."""

    def remove_node(self, node: Any) -> str | None:
        """Take back what a worker has not done that is gone; return the spec that it crashed in."""
        units = self.assigned_work.get(node, {})
        pending = ((unit, id) for unit in units.values() for id, done in unit.items() if not done)
        nothing: tuple[dict[Any, bool], str | None] = ({}, None)
        crashed, id = next(pending, nothing)
        crashed[id] = True
        for scope in [scope for scope, unit in units.items() if all(unit.values())]:
            del units[scope]
        super().remove_node(node)
        return id


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep the specs of a file in one worker, unless ``--dist`` says otherwise.

    They share pools, fork servers and runs of programs, which each worker would start anew.
    """
    return _ByFile(config, log) if config.getoption("dist") == "load" else None
