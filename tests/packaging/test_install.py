"""The library can be installed, and holds what it should."""

import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.environments import ROOT, new_environment, outside, run


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", target)
    run(sys.executable, *build, source)
    (path,) = target.glob("*.whl")
    return path


def test_wheel_holds_the_library_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    suffixes = {".py", ".js", ".css", ".yaml", ".typed"}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ntp_lib").rglob("*")
        if path.suffix in suffixes or path.parent.name == "results"
    }
    assert names == files


def test_import_is_quick_and_needs_no_torch(wheel: Path, tmp_path: Path) -> None:
    python = new_environment(tmp_path / "env", without="ntp_lib|torch")
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    program = (
        "import time; start = time.perf_counter(); import ntp_lib;"
        " print(time.perf_counter() - start)"
    )
    where = {"cwd": tmp_path, "env": outside()}
    run(python, "-c", program, **where)  # writes the bytecode, as any first import does
    assert float(run(python, "-c", program, **where)) < 0.5

    every_floor = (
        "import importlib, pkgutil, sys, ntp_lib\n"
        "for module in pkgutil.walk_packages(ntp_lib.__path__, 'ntp_lib.'):\n"
        "    if not module.name.startswith(('ntp_lib.neural', 'ntp_lib.experiments')):\n"
        "        importlib.import_module(module.name)\n"
        "import ntp_lib.experiments.results\n"
        "assert 'torch' not in sys.modules\n"
        "print(ntp_lib.__file__)\n"
    )
    assert str(tmp_path) in run(python, "-c", every_floor, **where)
