"""Ctrl-C that waits until a piece of work is done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list, so that no work is cut in two; a second one interrupts at once.

    Examples
    --------
    >>> with interrupts() as pressed:
    ...     signal.raise_signal(signal.SIGINT)
    ...     print("the work is done")
    the work is done
    >>> len(pressed)
    1
    """
    seen: list[int] = []

    def note(number: int, frame: object) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # only the main thread may listen
        yield seen
        return
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
