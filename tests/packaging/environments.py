"""Environments in which nothing of the book is at hand, and a chapter run in one of them."""

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def new_environment(where: Path, *, without: str) -> Path:
    """Create a virtual environment that sees this one's packages, except some; return its Python.

    It stands for a machine on which the dependencies are installed already, as they are in Colab,
    and saves their download. The library is never among them, installed or editable.
    """
    venv.create(where, with_pip=True)
    python = where / "bin" / "python"
    dependencies = where / "dependencies"
    dependencies.mkdir()
    left_out = re.compile(rf"pip$|pip-|__editable__|.*\.pth$|__pycache__|{without}", re.IGNORECASE)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not left_out.match(entry.name):
            (dependencies / entry.name).symlink_to(entry)
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(purelib) / "dependencies.pth").write_text(f"{dependencies}\n")
    return python


def outside() -> dict[str, str]:
    """Return this process's environment without what would lead back to the working tree."""
    leads_back = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST")
    return {name: value for name, value in os.environ.items() if name not in leads_back}


def run_as_in_colab(chapter: Path, source: Path, tmp_path: Path) -> None:
    """Run a chapter where only the notebook is: its first cell installs the library.

    It does so from the repository, for which a local one stands in: git rewrites the address.
    """
    repository = tmp_path / "repository.git"
    work = shutil.copytree(source, tmp_path / "work")
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    run("git", "init", "--quiet", work)
    run("git", "-C", work, "add", ".")
    run("git", "-C", work, *identity, "commit", "--quiet", "-m", "The library")
    run("git", "clone", "--quiet", "--bare", work, repository)

    python = new_environment(tmp_path / "env", without="ntp_lib")
    content = tmp_path / "content"
    content.mkdir()
    shutil.copy(chapter, content)
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    environment = outside() | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),  # so that the kernel is this Python
        "NTP_PRESET": "quick",
    }
    program = (
        "import nbclient, nbformat, sys\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "nbclient.NotebookClient(notebook, timeout=300).execute()\n"
        "import ntp_lib; print(ntp_lib.__file__)\n"
    )
    options = {"cwd": content, "env": environment}
    installed = run(python, "-c", program, content / chapter.name, **options)
    assert str(tmp_path / "env") in installed
