"""What all tests share: hypothesis's settings, and a summary of what was measured."""

import pytest
from hypothesis import settings

# Seeded, so that a failure comes again; no time limit, so that a busy machine fails no test.
settings.register_profile("book", derandomize=True, deadline=None)
settings.load_profile("book")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests measured at the end, beside what they asserted."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(value)
