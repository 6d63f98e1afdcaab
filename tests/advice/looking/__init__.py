"""What looks for the patterns, a module per subject; importing this package registers them all."""

from tests.advice.looking import giving, inheriting, main_modules, methods

__all__ = ["giving", "inheriting", "main_modules", "methods"]
