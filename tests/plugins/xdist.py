"""How specs are distributed to the workers of ``pytest -n`` (a pytest plugin)."""

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep the specs of a file in one worker, unless ``--dist`` says otherwise.

    They share pools, fork servers and runs of programs, which each worker would start anew.
    """
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    return LoadFileScheduling(config, log) if config.getoption("dist") == "load" else None
