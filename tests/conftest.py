"""Settings that all tests share."""

from hypothesis import settings

# Seeded, so that a failure comes again; no time limit, so that a busy machine fails no test.
settings.register_profile("book", derandomize=True, deadline=None)
settings.load_profile("book")
