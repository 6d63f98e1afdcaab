"""What looks for the patterns, a module per subject; importing this package registers them all."""

from tests.advice.looking import (
    giving,
    inheriting,
    loops,
    main_modules,
    meanings,
    methods,
    private_names,
    races,
)
from tests.advice.patterns import PATTERNS

__all__ = [
    "PATTERNS",
    "giving",
    "inheriting",
    "loops",
    "main_modules",
    "meanings",
    "methods",
    "private_names",
    "races",
]
