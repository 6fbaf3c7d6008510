"""The chapters of Part II run in Colab. A file for each part, as each file has one worker."""

from pathlib import Path

import pytest

from tests.packaging.environments import ROOT, run_as_in_colab

CHAPTERS = sorted((ROOT / "book" / "part2").glob("*.ipynb"))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_runs_as_in_colab(chapter: Path, source: Path, tmp_path: Path) -> None:
    run_as_in_colab(chapter, source, tmp_path)
