"""Damaged files by the thousand: no crash, no hang, no runaway memory, no other exception."""

import pytest

from tests.fuzz.model_targets import Models, Runs
from tests.fuzz.project_target import Projects
from tests.fuzz.storage_targets import Arrays, Edits, Journal, Photos, SignedArrays
from tests.fuzz.text_targets import Protocol, SettingsFiles
from tests.helpers.fuzz import Watcher

FEW, MANY = 300, 10_000
TARGETS = (
    *(Photos, Arrays, SignedArrays, Edits, Journal, Projects),
    *(Protocol, SettingsFiles, Runs, Models),
)
# What never refuses: lines are skipped, settings fall back, a damaged list of photos is made anew.
ALWAYS_OPEN = (Protocol, SettingsFiles, Projects)


@pytest.fixture(scope="module")
def watcher(tmp_path_factory):
    """One child process for all; it dies with the first crash only."""
    watcher = Watcher(tmp_path_factory.mktemp("fuzz"))
    yield watcher
    watcher.close()


def check(watcher, target, count):
    outcome = watcher.run(target, count)
    assert not outcome.faults, "\n\n".join(map(str, outcome.faults))
    assert outcome.accepted + outcome.refused == count
    # Cases that are all refused at once, or that damage nothing, would prove nothing.
    assert outcome.accepted
    assert outcome.refused or target in ALWAYS_OPEN


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.__name__)
def test_damaged(watcher, target):
    check(watcher, target, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.__name__)
def test_damaged_many_times(watcher, target):
    check(watcher, target, MANY)
