"""Find Chromium, or get it where that needs nobody's password.

`python tests/browser/chromium.py --install` is the step of `make test` that runs this.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET = (
    "Chromium was not found. Install it (on Debian: apt-get install chromium), "
    "or set CHROMIUM to the path of a Chromium or Chrome."
)


def find() -> str | None:
    """Return the path that CHROMIUM names, or else the first Chromium on the PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install Debian's package, for root; anyone else is told how."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *arguments], env=environment, check=False)
    if not find():
        print(HOW_TO_GET, "Without it the browser tests are skipped.", sep="\n", file=sys.stderr)


if __name__ == "__main__" and sys.argv[1:] == ["--install"] and not find():
    install()
