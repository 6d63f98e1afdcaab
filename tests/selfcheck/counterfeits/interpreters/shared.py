"""What several modules of this folder need."""

from ..facts import PYPY, VERSION

HERE = VERSION >= (3, 14) and not PYPY
