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

#: Seconds after which a run hangs, for nothing can interrupt a wait in the only thread.  A whole
#: run takes five minutes on a loaded machine.
WHOLE_RUN = 1500


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; say so in a line, and succeed, where that is impossible."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        print("SKIPPED: WebAssembly needs node and npm on PATH")
        return 0
    home = Path(sys.prefix, "pyodide")
    if not (home / "node_modules").exists():
        install = [npm, "install", "--no-fund", "--no-audit", "--prefix", str(home), PACKAGE]
        subprocess.run(install, check=True)
    program = str(Path(__file__).with_suffix(".mjs"))
    command = [node, program, str(home), sysconfig.get_path("purelib"), ROOT]
    # Without signals and threads no time-out can end a spec.
    options = (f"cache_dir={sys.prefix}/pytest", "timeout=0", "faulthandler_timeout=0")
    command += [word for option in options for word in ("-o", option)]
    try:
        return subprocess.run([*command, *arguments], timeout=WHOLE_RUN).returncode
    except subprocess.TimeoutExpired:
        print(f"error: not ended after {WHOLE_RUN} s; with -v, the last line names what hangs")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
