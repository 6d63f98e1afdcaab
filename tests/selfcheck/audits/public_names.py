"""Which claims exercise each public name of the modules about concurrency, on this interpreter.

    python -m tests.selfcheck.audits.public_names [--missing] [module ...]

Whether the spec constrains what it exercises is for the kill matrix to prove.  Ends with 1 if a
name is in no spec and not left out for a reason, and with 2 for a module that is not among them.
"""

import argparse
import importlib
import re
import sys
from collections.abc import Sequence

from tests.harness import interpreter
from tests.report.names import MODULES, Name, claims_on, names_of

#: Names that no claim is about, by regular expression, with the reason.
LEFT_OUT: dict[str, str] = {
    r"_thread\.(start_new|exit_thread|allocate|interrupt)": "an obsolete alias of a name that is "
    "covered",
    r"asyncio\.(Base|Selector|Proactor)?EventLoop\.\w+": "AbstractEventLoop has it, too",
    r"asyncio\.\w+ChildWatcher\.\w+": "gone in 3.14; a claim says what the watchers did",
    r"asyncio\.DefaultEventLoopPolicy\.\w+": "AbstractEventLoopPolicy has it, too",
    r"asyncio\.AbstractServer\.\w+": "Server has it, too",
    r"asyncio\.(\w*Transport|\w*Protocol)(\.\w+)?": "between a loop and the network",
    r"asyncio\.AbstractEventLoop\.(sock_\w+|\w*sendfile|start_tls|connect_\w+|create_\w*"
    r"(connection|endpoint|server)|getnameinfo|subprocess_\w+)": "the network, below streams",
    r"asyncio\.\w+\.start_tls": "encryption, not concurrency",
    r"asyncio\.SendfileNotAvailableError": "sending files, not concurrency",
    r"asyncio\.StreamReader\.(feed_\w+|set_\w+|exception)": "how a protocol fills its stream",
    r"asyncio\.StreamWriter\.(can_write_eof|get_extra_info|transport)": "the transport's",
    r"concurrent\.futures\.\w+\.(BROKEN|prepare_context)": "between an executor and its workers; "
    "not documented",
    r"multiprocessing\.dummy\.JoinableQueue\.\w+": "it is queue.Queue, as a claim says",
    r"multiprocessing\.pool\.\w*Pool\.Process": "how a pool makes its workers; not documented",
    r"signal\.struct_siginfo\.si_(band|errno|status)": "a field of the C structure, passed on",
}


def reason_for(name: Name) -> str:
    """Return why no claim is about the name; empty if nobody said."""
    found = [why for pattern, why in LEFT_OUT.items() if re.fullmatch(pattern, str(name))]
    return found[0] if found else ""


def main(given: Sequence[str] | None = None) -> int:
    """Print what each name is exercised by, and what is missing, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="public_names", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--missing", action="store_true", help="print only what is missing")
    options = parser.parse_args(given)
    unknown = set(options.modules) - set(MODULES)
    if unknown:
        parser.error(f"{min(unknown)} is not among {', '.join(MODULES)}")
    missing: list[Name] = []
    covered = left_out = 0
    for module_name in options.modules or MODULES:
        try:
            module = importlib.import_module(module_name)
        except ImportError:
            print(f"{module_name}: not on {interpreter.name()}")
            continue
        for name in names_of(module, MODULES[module_name]):
            ids, why = claims_on(name), reason_for(name)
            if ids:
                covered += 1
                if not options.missing:
                    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
                    print(f"{name}: {' '.join(sorted(ids)[:5])}{more}")
            elif why:
                left_out += 1
                if not options.missing:
                    print(f"{name}: left out: {why}")
            else:
                missing.append(name)
    print(
        f"\n{interpreter.name()}: {covered} public names are exercised by claims, {left_out} are "
        f"left out for a reason, {len(missing)} are missing",
        *map(str, missing),
        sep="\n  ",
    )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
