"""What the repository says about itself in several places agrees, and its notebooks are clean."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
NOTEBOOKS = sorted(
    path for path in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHECKED = "nbval-check-output"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def test_workflows_are_valid() -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    run(tool("check-jsonschema"), *schema, *WORKFLOWS)


def test_workflows_are_safe() -> None:
    run(tool("zizmor"), "--offline", "--quiet", *WORKFLOWS)


@pytest.mark.parametrize(
    "name", ["README.md", "pyproject.toml", "CITATION.cff", *map(str, NOTEBOOKS)]
)
def test_the_repository_has_one_address(name: str) -> None:
    """_config.yml sets it; wherever else it stands, it is the same."""
    address = CONFIG["repository"]["url"]
    branch = CONFIG["repository"]["branch"]
    owner, repository = address.removeprefix("https://github.com/").split("/")
    text = (ROOT / name).read_text()
    named = re.findall(rf"github(?:\.com)?/([\w.-]+/{re.escape(repository)})\b", text)
    assert named, f"{name} does not name the repository"
    assert set(named) == {f"{owner}/{repository}"}
    assert set(re.findall(r"/blob/([\w.-]+)/", text)) <= {branch}


def test_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text()))
    assert {"book", "serve", "test"} <= named <= targets


def test_readme_names_files_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    linked = re.findall(r"\]\((?!https?://)([^)]+)\)", readme)
    chapters = re.findall(r"/blob/\w+/([\w./-]+)", readme)
    missing = [name for name in linked + chapters if not (ROOT / name).exists()]
    assert missing == []


def cells(path: Path) -> list[dict]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]


@each_notebook
def test_only_checked_cells_store_outputs(path: Path) -> None:
    """A stored output is an expectation that the tests compare; any other would go stale."""
    for cell in cells(path):
        checked = CHECKED in cell["metadata"].get("tags", ())
        assert bool(cell["outputs"]) <= checked, cell["id"]
        # nbval compares only what has a number.
        assert bool(cell["outputs"]) == (cell["execution_count"] is not None), cell["id"]


@each_notebook
def test_code_fits_a_phone(path: Path) -> None:
    long = [
        line
        for cell in cells(path)
        for line in "".join(cell["source"]).splitlines()
        if len(line) > 70
    ]
    # The one line that cannot be broken: the address of the repository, in the first cell.
    address = CONFIG["repository"]["url"]
    assert [line for line in long if address not in line] == []


@each_notebook
def test_cells_have_ids_of_their_own(path: Path) -> None:
    ids = [cell["id"] for cell in json.loads(path.read_text())["cells"]]
    assert len(set(ids)) == len(ids)


@each_notebook
def test_no_path_of_one_machine(path: Path) -> None:
    assert re.findall(r"/(?:home|Users|root|tmp|content|work)/\w+", path.read_text()) == []
