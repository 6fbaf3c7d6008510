"""Build the book: run the notebooks that are not cached, in parallel, then write the pages.

Two caches make a second build fast, and each forgets what it cannot see:

- jupyter-cache keys a notebook's outputs by the source of its cells, so an edit of the library,
  of a recorded result or of a pinned version would leave old outputs standing;
- Sphinx re-reads a page only when the page's own file changes, so an edit of the theme, or a
  notebook whose outputs were dropped, would leave an old page standing.

A digest of what each cannot see is recorded beside them; when it differs, the cache is dropped.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from sphinx_external_toc.parsing import parse_toc_yaml
from tqdm import tqdm

from ntp_lib import preset

ROOT = Path(__file__).resolve().parent.parent
CELL_TIMEOUT_S = {"quick": 300, "standard": 3600, "paper": 24 * 3600}

Digests = dict[str, str]


def digest(root: Path, patterns: Iterable[str], *facts: str) -> str:
    """Hash the names and contents of the files that match, and the facts."""
    sha = hashlib.sha256("\0".join(facts).encode())
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            sha.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
            sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def current_digests(root: Path, preset_name: str) -> Digests:
    """Return the digest that the notebooks' outputs depend on, and that of the pages."""
    outputs = digest(
        root, ("ntp_lib/**/*", "results/**/*", "requirements.txt"), preset_name, sys.version
    )
    return {
        "outputs": outputs,
        "pages": digest(root, ("book/_theme/**/*", "_toc.yml"), outputs),
    }


class Record:
    """The digests of the last successful build, kept beside the caches that they vouch for."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.path = build / "digests.json"

    def read(self) -> Digests:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def write(self, digests: Digests) -> None:
        """Replace the record in one step, so that an interrupted build leaves a whole one."""
        self.build.mkdir(exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(digests, indent=1))
        new.replace(self.path)

    def drop_what_is_stale(self, now: Digests) -> None:
        """Remove the caches whose digest differs, and first the record that vouched for them."""
        last = self.read()
        if last == now:
            return
        if last.get("outputs") != now["outputs"]:
            self.path.unlink(missing_ok=True)
            shutil.rmtree(self.build / ".jupyter_cache", ignore_errors=True)
        for pages in (".doctrees", "html"):
            shutil.rmtree(self.build / pages, ignore_errors=True)


def uncached_notebooks(
    root: Path, cache: JupyterCacheAbstract
) -> dict[Path, nbformat.NotebookNode]:
    """Return the notebooks of the table of contents that have no outputs in the cache."""
    found = {}
    for name in parse_toc_yaml(root / "_toc.yml"):
        path = root / f"{name}.ipynb"
        if path.exists():
            notebook = nbformat.read(path, as_version=4)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                found[path] = notebook
    return found


def describe_failure(path: Path, result: ExecutionResult) -> str:
    """Say which cell of which notebook failed and how, with its source and its traceback."""
    how = type(result.err).__name__
    for number, cell in enumerate(result.nb.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                traceback = "\n".join(output.traceback)
                return f"{path}, cell {number}: {how}\n\n{cell.source}\n\n{traceback}\n"
    return f"{path}: {how}\n\n{result.exc_string}"  # no cell could say more


def run_notebooks(root: Path, cache: JupyterCacheAbstract, timeout_s: int) -> list[str]:
    """Run what is not cached, one kernel a core; return a description of each failure."""
    notebooks = uncached_notebooks(root, cache)
    cells = sum(cell.cell_type == "code" for nb in notebooks.values() for cell in nb.cells)
    failures = []
    with (
        tqdm(total=cells, desc="Running cells", unit="cell", disable=not cells) as bar,
        ThreadPoolExecutor(os.cpu_count()) as pool,  # threads suffice: the kernels are processes
    ):

        def run(path: Path) -> ExecutionResult:
            return single_nb_execution(
                notebooks[path],
                cwd=str(path.parent),
                timeout=timeout_s,
                allow_errors=False,
                extra_arguments=["--log-level=ERROR"],  # it warns at every start of its own ports
                on_cell_executed=lambda **_: bar.update(),
            )

        for path, result in zip(notebooks, pool.map(run, notebooks), strict=True):
            if result.err is None:
                cache.cache_notebook_bundle(
                    CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time}),
                    check_validity=False,
                    overwrite=True,
                )
                bar.write(f"Ran {path.relative_to(root)} in {result.time:.0f} s")
            else:
                failures.append(describe_failure(path.relative_to(root), result))
    return failures


def main() -> int:
    try:
        preset_name = preset()
    except ValueError as refusal:
        print(refusal, file=sys.stderr)
        return 2

    build = ROOT / "_build"
    record = Record(build)
    now = current_digests(ROOT, preset_name)
    record.drop_what_is_stale(now)

    cache = get_cache(build / ".jupyter_cache")
    failures = run_notebooks(ROOT, cache, CELL_TIMEOUT_S[preset_name])
    if failures:
        print("\n".join(failures), file=sys.stderr)
        return 1

    # Sphinx does not repeat a warning for a page that it has read already. Without the pages'
    # digest on record, the build after a failed one starts afresh and fails again.
    record.write({"outputs": now["outputs"]})
    print("Writing the pages")
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    options = ["-W", "-n", "--keep-going", "-q"]
    status = subprocess.run([jupyter_book, "build", ROOT, *options], check=False).returncode
    if status:
        return status
    record.write(now)
    print(f"The book is built at the preset {preset_name!r}: {build / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
