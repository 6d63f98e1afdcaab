"""pytest-benchmark across interpreters (a pytest plugin)."""

from typing import Any

from tests.harness import interpreter


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add the precise name of the interpreter, and what else figures depend on."""
    machine_info["interpreter"] = interpreter.name()
    machine_info.update(interpreter.environment())
