"""What a spec says about itself: the claim it decides, its cases, and what is expected where.

The decorators only attach data to the test function and import no pytest, because a child
process that is started by spawn or forkserver imports the module of its target: with pytest
in it every child would take some 100 ms longer.  ``plugins/verdicts.py`` turns the data into marks.

A module says once what concerns all its specs: ``every_spec = [needs_fork, in_the_main_thread]``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from tests.harness.interpreter import FORK, POSIX, WEBASSEMBLY

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Spec = TypeVar("Spec", bound=Callable[..., Any])

    #: What shows a refutation: the type of an exception, or its text as a user sees it,
    #: ``AttributeError: 'Queue' object has no attribute 'is_shutdown'``, or the beginning of that.
    Shown = type[BaseException] | str

_ATTRIBUTE = "__claim__"

#: The name under which a module lists the decorators of all its specs.
EVERY_SPEC = "every_spec"


class Expectation:
    """One expectation that depends on where a case runs, with the reason to show."""

    # No dataclass: that module imports inspect, which costs every spawned child some 10 ms.
    def __init__(
        self, where: bool, because: str, cases: Mapping[str, Any], by: Shown = AssertionError
    ) -> None:
        self.where = where
        self.because = because
        self.cases = cases
        self.by = by

    def meets(self, case: Mapping[str, Any]) -> bool:
        """Tell whether the expectation concerns a case with these parameters, here."""
        return self.where and all(_among(case[name], some) for name, some in self.cases.items())

    def shown_by(self, error: BaseException) -> bool:
        """Tell whether the exception shows what is expected."""
        if isinstance(self.by, str):
            return f"{type(error).__name__}: {error}".startswith(self.by)
        return isinstance(error, self.by)


def _among(value: Any, some: Any) -> bool:
    return value in some if isinstance(some, (tuple, list)) else bool(value == some)


class Claim:
    """What a spec decides: the public id, what it predicts, and what is expected where."""

    def __init__(self) -> None:
        self.id = ""
        self.notes = ""
        self.question = ""
        self.predicts: tuple[str, ...] = ()
        self.refuted: list[Expectation] = []
        self.applies: list[Expectation] = []
        self.cases: dict[str, dict[str, Any]] = {}
        self.in_the_main_thread = False
        self.about_webassembly = False


def claim_of(function: Callable[..., Any] | None) -> Claim | None:
    """Return the claim that the function decides, or None if it decides none."""
    return getattr(function, _ATTRIBUTE, None)


def _data(function: Callable[..., Any]) -> Claim:
    data = claim_of(function)
    if data is None:
        data = Claim()
        setattr(function, _ATTRIBUTE, data)
    return data


def claim(id: str, *, notes: str = "") -> Callable[[Spec], Spec]:
    """Give the decorated spec the id of the claim that it decides.

    Several specs of a file may have one id: each decides a part of the claim.  Of a claim of the
    notes, ``notes`` says what executing it has shown, if it is not simply true as the notes have
    it: ``refined`` (true only as the spec words it), ``false`` (stated as the notes do, and refuted
    everywhere) or ``answered`` (an open question of theirs; the spec states the answer).
    """

    def decorate(function: Spec) -> Spec:
        data = _data(function)
        data.id, data.notes = id, notes or ("true" if id[:1].isdigit() else "")
        return function

    return decorate


def question(text: str) -> Callable[[Spec], Spec]:
    """Say in the asker's own words what the spec answers, with two programs (``broken()``)."""

    def decorate(function: Spec) -> Spec:
        _data(function).question = text
        return function

    return decorate


def cases(**values: Iterable[Any] | Mapping[str, Any]) -> Callable[[Spec], Spec]:
    """Run the spec once for each value of a parameter: ``@cases(kind=("Lock", "RLock"))``.

    Cases are named after their values (functions and classes after their names), or by the keys of
    a mapping: ``@cases(lock={"a lock": threading.Lock})``.  Of several parameters all combinations
    are run.
    """

    def decorate(function: Spec) -> Spec:
        for name, some in values.items():
            if not isinstance(some, Mapping):
                some = {str(getattr(one, "__name__", one)): one for one in some}
            _data(function).cases[name] = dict(some)
        return function

    return decorate


def predicts(*breakages: str) -> Callable[[Spec], Spec]:
    """Name the breakages of real projects (``RC01``, ...) that the claim predicts.

    They are listed in ``tests/report/breakages.py``.
    """

    def decorate(function: Spec) -> Spec:
        _data(function).predicts = breakages
        return function

    return decorate


def concerns(*_patterns: str) -> Callable[[Spec], Spec]:
    """Name the patterns of ``tests/advice``, which reads them here, that the claim is about."""
    return lambda function: function


def refuted(
    *, where: bool = True, because: str, by: Shown = AssertionError, **cases: Any
) -> Callable[[Spec], Spec]:
    """Expect the claim to be observed false where the condition is met, for a named reason.

    The spec is executed all the same, and must fail there as ``by`` says: by an AssertionError, or
    by an exception of another type or text.  ``cases`` narrow it down to cases by their names:
    ``@refuted(start_method="fork", because=...)``, ``kind=("Lock", "RLock")``.
    """

    def decorate(function: Spec) -> Spec:
        _data(function).refuted.append(Expectation(where, because, cases, by))
        return function

    return decorate


def applies(*, where: bool = True, because: str, **cases: Any) -> Callable[[Spec], Spec]:
    """Run the spec only where the condition is met; elsewhere it is not applicable, because.

    ``cases`` narrow the condition down to cases by their names, as in ``refuted``: with
    ``start_method="spawn"`` all other start methods are not applicable.
    """

    def decorate(function: Spec) -> Spec:
        _data(function).applies.append(Expectation(where, because, cases))
        return function

    return decorate


def in_the_main_thread(function: Spec) -> Spec:
    """Run the spec in pytest's own thread, the main one, as what it examines needs that.

    Others run in a thread beside it, so that none can block the run.
    """
    _data(function).in_the_main_thread = True
    return function


def on_webassembly(function: Spec) -> Spec:
    """Run the spec only on WebAssembly, and decide it by what it sees when nothing can be started.

    Others that try to start a thread or a process are not applicable there.
    """
    applies(where=WEBASSEMBLY, because="is about WebAssembly")(function)
    _data(function).about_webassembly = True
    return function


def decorated(function: Spec, decorators: Collection[Callable[[Any], Any]]) -> Spec:
    """Apply the decorators that a module lists for all its specs."""
    for decorate in decorators:
        decorate(function)
    return function


needs_fork = applies(
    where=FORK, because="needs fork, which only POSIX systems have; not Windows or WebAssembly"
)
needs_posix = applies(where=POSIX, because="needs a POSIX system; not Windows or WebAssembly")
