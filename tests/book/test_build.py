"""The build forgets what a change makes stale, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.executors.utils import ExecutionResult
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book.build import Record, current_digests, describe_failure, run_notebooks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A book in small: one notebook, a library, a recorded result and a theme."""
    files = {
        "_toc.yml": "format: jb-book\nroot: page\n",
        "requirements.txt": "numpy==1.0\n",
        "ntp_lib/core/task.py": "bits = 1\n",
        "ntp_lib/show/dial.js": "export default {}\n",
        "results/run.json": "{}\n",
        "book/_theme/book.css": "p {}\n",
        "README.md": "\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def write_notebook(project: Path, *sources: str) -> None:
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells), project / "page.ipynb")


@pytest.mark.parametrize(
    "name",
    ["ntp_lib/core/task.py", "ntp_lib/show/dial.js", "results/run.json", "requirements.txt"],
)
def test_what_notebooks_read_makes_outputs_and_pages_stale(project: Path, name: str) -> None:
    before = current_digests(project, "quick")
    (project / name).write_text("changed\n")
    after = current_digests(project, "quick")
    assert before["outputs"] != after["outputs"]
    assert before["pages"] != after["pages"]


def test_a_new_and_a_renamed_file_count(project: Path) -> None:
    before = current_digests(project, "quick")
    (project / "ntp_lib/core/task.py").rename(project / "ntp_lib/core/tasks.py")
    renamed = current_digests(project, "quick")
    (project / "ntp_lib/core/new.py").touch()
    assert len({d["outputs"] for d in (before, renamed, current_digests(project, "quick"))}) == 3


def test_the_preset_makes_outputs_stale(project: Path) -> None:
    quick, standard = (current_digests(project, name) for name in ("quick", "standard"))
    assert quick["outputs"] != standard["outputs"]


def test_the_theme_makes_only_pages_stale(project: Path) -> None:
    before = current_digests(project, "quick")
    (project / "book/_theme/book.css").write_text("changed\n")
    after = current_digests(project, "quick")
    assert before["outputs"] == after["outputs"]
    assert before["pages"] != after["pages"]


def test_other_files_make_nothing_stale(project: Path) -> None:
    before = current_digests(project, "quick")
    (project / "README.md").write_text("changed\n")
    (project / "ntp_lib/__pycache__").mkdir()
    (project / "ntp_lib/__pycache__/task.py").touch()
    assert current_digests(project, "quick") == before


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ({"outputs": "o", "pages": "p"}, {".jupyter_cache", ".doctrees", "html"}),
        ({"outputs": "o", "pages": "other"}, {".jupyter_cache"}),
        ({"outputs": "o"}, {".jupyter_cache"}),  # the pages were not finished
        ({"outputs": "other", "pages": "p"}, set()),
        ({}, set()),
    ],
)
def test_stale_caches_are_dropped(tmp_path: Path, last: dict, left: set[str]) -> None:
    build = tmp_path / "_build"
    for name in (".jupyter_cache", ".doctrees", "html"):
        (build / name).mkdir(parents=True)
    record = Record(build)
    if last:
        record.write(last)
    record.drop_what_is_stale({"outputs": "o", "pages": "p"})
    assert {path.name for path in build.iterdir() if path.is_dir()} == left
    assert bool(record.read()) == bool(left)  # nothing vouches for caches that are gone


def test_a_notebook_runs_once(project: Path) -> None:
    write_notebook(project, "1 + 1")
    cache = get_cache(project / "cache")
    assert run_notebooks(project, cache, timeout_s=60) == []
    (first,) = cache.list_cache_records()
    assert run_notebooks(project, cache, timeout_s=60) == []
    (second,) = cache.list_cache_records()
    assert (first.pk, first.created) == (second.pk, second.created)


def test_a_failing_cell_is_named_and_not_cached(project: Path) -> None:
    write_notebook(project, "fine = 1", "fine / 0")
    cache = get_cache(project / "cache")
    (failure,) = run_notebooks(project, cache, timeout_s=60)
    assert "page.ipynb, cell 2: CellExecutionError" in failure
    assert "fine / 0" in failure
    assert "ZeroDivisionError" in failure
    assert cache.list_cache_records() == []


def test_a_time_out_says_so() -> None:
    """The interrupted cell's own output tells only of an interrupt."""
    interrupted = new_output("error", ename="KeyboardInterrupt", traceback=["KeyboardInterrupt"])
    cell = new_code_cell("while True: pass", outputs=[interrupted])
    result = ExecutionResult(
        new_notebook(cells=[cell]), cwd=".", time=1.0, err=CellTimeoutError("1 s")
    )
    assert describe_failure(Path("page.ipynb"), result).startswith(
        "page.ipynb, cell 1: CellTimeoutError"
    )


def test_an_unknown_preset_is_refused_by_name() -> None:
    build = subprocess.run(
        [sys.executable, ROOT / "book" / "build.py"],
        env={**os.environ, "NTP_PRESET": "fast"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 2
    assert "'fast'" in build.stderr
    assert "quick" in build.stderr
