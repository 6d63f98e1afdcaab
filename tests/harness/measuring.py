"""The second half of a tox environment: what measures, alone, after everything else.

    python -m tests.harness.measuring ENVIRONMENT CACHE [what stood after -- on tox's command line]

Whoever names something after ``--`` wants just that: then nothing is measured besides.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def command(environment: str, cache: str) -> list[str]:
    """Return the command that measures, and stores the results under the environment's name.

    ``cache`` is the folder of pytest's cache.
    """
    return [
        "pytest",
        "-v",
        *("-o", f"cache_dir={cache}"),
        *("-n", "0"),
        *("-m", "ratio or cost"),
        f"--junitxml=results/{environment}-ratio.xml",
        f"--benchmark-save={environment}",
    ]


def main(given: Sequence[str]) -> int:
    """Run the command, unless something else was asked for, and return the exit code."""
    environment, cache, *asked = given
    if asked:
        return 0
    with subprocess.Popen(command(environment, cache)) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue  # pytest has got it, too, and tidies up


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
