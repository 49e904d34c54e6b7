"""Tests with programs that pip cannot bring are skipped where these are missing; `REQUIRE_ALL=1` makes them fail."""

import importlib.util
import os
import shutil

import pytest


def needs(*programs: str, package: str) -> pytest.MarkDecorator:
    """Marks a test that runs these programs, which the Debian package of that name brings."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(
        bool(missing) and os.environ.get("REQUIRE_ALL") != "1",
        reason=f"needs {', '.join(missing)}: apt-get install {package}",
    )


def needs_library(module: str, *, install: str) -> pytest.MarkDecorator:
    """Marks a test that rests on a library for tests alone, and says what installs it."""
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(
        missing and os.environ.get("REQUIRE_ALL") != "1", reason=f"needs {module}: pip install {install}"
    )
