"""How specs are distributed to the workers of ``pytest -n`` (a pytest plugin)."""

from functools import cache
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests.vocabulary.specs import ROOT, ratio_specs

#: Instead of a file: the specs that need the machine for themselves.
_ALONE = "alone"

#: Where the suite's own tests are.  They share nothing, but for those of files that say so.
_OWN_TESTS, _SHARING = "tests/selfcheck/", 'fixture(scope="module")'


@cache
def _shares(file: str) -> bool:
    """Tell whether the tests of a file share what is made once for all of them."""
    return _SHARING in (ROOT / file).read_text(encoding="utf-8")


class _ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Keeps the specs of a file in one worker, and gives one that crashes to no second worker.

    Of the suite's own tests it keeps only those together that share what is made for them all.
    Last come the specs that are decided by measured ratios, in one worker, once it is the only one.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._measuring = {spec.nodeid for spec in ratio_specs()}

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if nodeid.partition("[")[0] in self._measuring:
            return _ALONE
        return nodeid if file.startswith(_OWN_TESTS) and not _shares(file) else file

    def _reschedule(self, node: Any) -> None:
        if node in self.registered_collections:  # else it is new, and not ready yet
            super()._reschedule(node)

    def _assign_work_unit(self, node: Any) -> None:
        if _ALONE in self.workqueue:
            self.workqueue.move_to_end(_ALONE)
        others = [other for other in self.nodes if other is not node]
        if [*self.workqueue] != [_ALONE] or not others:
            super()._assign_work_unit(node)
        elif not all(other.shutting_down for other in others):
            node.shutdown()
        # Else this is the last worker, which goes on once the others are removed.

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
        for last in self.nodes:
            self._reschedule(last)
        return id


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep the specs of a file in one worker, unless ``--dist`` says otherwise.

    They share pools, fork servers and runs of programs, which each worker would start anew.
    """
    return _ByFile(config, log) if config.getoption("dist") == "load" else None
