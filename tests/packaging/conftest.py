"""What the packaging tests share."""

import shutil
from pathlib import Path

import pytest

from tests.packaging.environments import ROOT


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the package is built from, so that building leaves nothing in the tree."""
    copy = tmp_path_factory.mktemp("source") / "next-token-predictors"
    shutil.copytree(
        ROOT / "ntp_lib", copy / "ntp_lib", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    return copy
