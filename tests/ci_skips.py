"""pytest plugin of `.ci/run`: a test skipped for an unexpected reason fails the run.

A missing system library can make a whole folder of tests skip green (design/facts.md 5a). So on
continuous integration only the reasons below are accepted; everywhere else skips stay skips.
"""

import re

import pytest

# Each pattern must be found in the reason that the test gives.
ALLOWED = (
    r"\bGPU\b|\bCUDA\b",
    r"HEIC|HEIF",
    r"Windows|macOS",
)

_unexpected: list[tuple[str, str]] = []


def allowed(reason: str) -> bool:
    """Whether a test may be skipped for this reason."""
    return any(re.search(pattern, reason, re.IGNORECASE) for pattern in ALLOWED)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        longrepr = report.longrepr
        reason = str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
        if not allowed(reason):
            _unexpected.append((report.nodeid, reason))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Look at each test."""
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Look at each file: `importorskip` at its top skips it whole."""
    _note(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make the exit code tell."""
    if _unexpected and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests, above pytest's closing line."""
    if _unexpected:
        terminalreporter.section("skipped for a reason that CI does not accept", red=True)
        for nodeid, reason in _unexpected:
            terminalreporter.line(f"{nodeid}: {reason}")
