"""Makes one counterfeit live in every interpreter that starts with this folder on PYTHONPATH.

The environment variable COUNTERFEIT names it.  Start-up is the only place early enough: so the
test process, xdist's workers, and children under fork, spawn and forkserver all have it.
"""

import importlib.util
import os
import pathlib
import sys

_NAME = os.environ.get("COUNTERFEIT")

if _NAME:
    _PACKAGE = pathlib.Path(__file__).parents[2] / "counterfeits"
    # Imported under a name of its own: the checkout is not on sys.path in every child.
    _SPEC = importlib.util.spec_from_file_location(
        "counterfeits", _PACKAGE / "__init__.py", submodule_search_locations=[str(_PACKAGE)]
    )
    assert _SPEC is not None
    assert _SPEC.loader is not None
    counterfeits = sys.modules["counterfeits"] = importlib.util.module_from_spec(_SPEC)
    _SPEC.loader.exec_module(counterfeits)
    counterfeits.apply(_NAME)
