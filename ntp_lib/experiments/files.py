"""Text files that are written whole or not at all, and folders that one process has to itself."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

PATIENCE = 10.0
"""Seconds to wait for a folder: a process that was told to stop still writes its checkpoint."""


def write_text(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole and on the disk.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "new" / "a.txt", "whole")
    ...     (Path(folder) / "new" / "a.txt").read_text()
    'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, content: Any) -> None:
    """Write JSON in the same way."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a folder to oneself. The operating system frees it when the process ends, however.

    The folder, made if it is missing, gets a file `lock`, which holds the number of the process
    that has it, or had it last.

    Raises
    ------
    ValueError
        If another process has it, and keeps it for PATIENCE seconds.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(Path(folder)):
    ...     (Path(folder) / "lock").read_text() == str(os.getpid())
    True
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lock"
    lock = FileLock(path, timeout=PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        other = "another process"
        with suppress(OSError):  # Windows lets nobody else read it
            other = f"process {path.read_text(encoding='utf-8')}"
        raise ValueError(
            f"{other} is at work on {folder}; wait for it, or end it and resume the run"
        ) from None
    try:
        with suppress(OSError):
            path.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        lock.release()
