"""Makes one counterfeit live in every interpreter that starts with this folder on PYTHONPATH.

The environment variable COUNTERFEIT names it.  Start-up is the only place early enough: so the
test process, xdist's workers, and children under fork, spawn and forkserver all have it.
"""

import importlib
import os
import sys

if os.environ.get("COUNTERFEIT"):
    # The checkout is not on sys.path in every child, and must not be there because of this.
    _INJECTION = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path.insert(0, os.path.dirname(os.path.dirname(_INJECTION)))  # noqa: PTH120
    _COUNTERFEITS = importlib.import_module("counterfeits")
    del sys.path[0]
    _COUNTERFEITS.apply(os.environ["COUNTERFEIT"])
