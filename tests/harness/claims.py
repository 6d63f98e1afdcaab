"""What a spec says about itself: the claim it decides, and what is expected where.

The decorators only attach data to the test function and import no pytest, because a child
process that is started by spawn or forkserver imports the module of its target: with pytest
in it every child would take some 100 ms longer.  ``verdicts.py`` turns the data into marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Spec = TypeVar("Spec", bound=Callable[..., Any])

    #: A condition: a fact known at import, or a question about the parameters of one test
    #: (such as ``{"start_method": "fork"}``).
    Where = bool | Callable[[Mapping[str, Any]], bool]

_ATTRIBUTE = "__claim__"


class Expectation:
    """One expectation that depends on where the spec runs, with the reason to show."""

    # No dataclass: that module imports inspect, which costs every spawned child some 10 ms.
    def __init__(self, where: Where, because: str) -> None:
        self.where = where
        self.because = because

    def meets(self, parameters: Mapping[str, Any]) -> bool:
        """Tell whether the expectation concerns a test with these parameters, here."""
        return self.where(parameters) if callable(self.where) else self.where


class Claim:
    """What a spec decides: the public id, what it predicts, and what is expected where."""

    def __init__(self, id: str = "") -> None:
        self.id = id
        self.predicts: tuple[str, ...] = ()
        self.refuted: list[Expectation] = []
        self.applies: list[Expectation] = []


def claim_of(function: Callable[..., Any] | None) -> Claim | None:
    """Return the claim that the function decides, or None if it decides none."""
    return getattr(function, _ATTRIBUTE, None)


def _data(function: Callable[..., Any]) -> Claim:
    data = claim_of(function)
    if data is None:
        data = Claim()
        setattr(function, _ATTRIBUTE, data)
    return data


def claim(id: str) -> Callable[[Spec], Spec]:
    """Give the decorated spec the id of the claim that it decides."""

    def decorate(function: Spec) -> Spec:
        _data(function).id = id
        return function

    return decorate


def predicts(*breakages: str) -> Callable[[Spec], Spec]:
    """Name the breakages of real projects (``RC01``, ...) that the claim predicts.

    They are listed in ``tests/harness/breakages.py``.
    """

    def decorate(function: Spec) -> Spec:
        _data(function).predicts = breakages
        return function

    return decorate


def refuted(*, where: Where = True, because: str) -> Callable[[Spec], Spec]:
    """Expect the claim to be observed false where the condition is met, for a named reason.

    The spec is executed all the same, and must end in an AssertionError there.
    """

    def decorate(function: Spec) -> Spec:
        _data(function).refuted.append(Expectation(where, because))
        return function

    return decorate


def applies(*, where: Where, because: str) -> Callable[[Spec], Spec]:
    """Run the spec only where the condition is met; elsewhere it is not applicable, because."""

    def decorate(function: Spec) -> Spec:
        _data(function).applies.append(Expectation(where, because))
        return function

    return decorate
