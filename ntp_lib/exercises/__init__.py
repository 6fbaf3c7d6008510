"""Checkers for the book's exercises: `check(name, answer)` says yes, or what is wrong."""

from ntp_lib.exercises.check import Verdict, check

__all__ = ["Verdict", "check"]
