"""Runs pytest in Pyodide, which is CPython for browsers, under Node: ``tox -e pyodide``.

Pyodide comes from npm, into this environment.  Pytest and its plugins are this environment's, since
they are pure Python, and the checkout is this one.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests import ROOT

#: Major versions of Pyodide are those of Python: 314 is 3.14.
PACKAGE = "pyodide@314"

#: Seconds after which a run hangs, for nothing can interrupt a wait in the only thread.
WHOLE_RUN = 3600


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; say so in a line, and succeed, where that is impossible."""
    tools = {tool: shutil.which(tool) for tool in ("node", "npm")}
    missing = [tool for tool, path in tools.items() if path is None]
    if missing:
        print(f"SKIPPED: WebAssembly needs {' and '.join(missing)}, which is not on PATH")
        return 0
    home = Path(sys.prefix, "pyodide")
    if not (home / "node_modules").exists():
        npm = [tools["npm"], "install", "--no-fund", "--no-audit", "--prefix", home, PACKAGE]
        subprocess.run(npm, check=True)
    program = Path(__file__).with_suffix(".mjs")
    command = [tools["node"], program, home, sysconfig.get_path("purelib"), ROOT]
    # Neither plugin can measure a time without a signal or a thread.
    without = ["-p", "no:cacheprovider", "-o", "timeout=0", "-o", "faulthandler_timeout=0"]
    return subprocess.run([*command, *without, *arguments], timeout=WHOLE_RUN).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
