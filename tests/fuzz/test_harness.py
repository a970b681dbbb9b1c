"""The watcher notices what it is there for."""

import os
import random
import time

import numpy as np
import pytest

from plantseg_gui.core.errors import InputError
from tests.helpers.fuzz import Target, Watcher
from tests.helpers.mutate import mutate

SEEDS = [b'{"a": 1, "b": [true, "x"]}', bytes(range(256)) * 3]


class Bad(Target):
    """Goes wrong at chosen numbers, else takes or refuses."""

    def seeds(self):
        return {"x.bin": [b"seed"]}

    def case(self, seeds, number):
        return "x.bin", b"case %d" % number

    def read(self, name, data):
        match data:
            case b"case 1":
                raise KeyError("not allowed")
            case b"case 2":
                raise InputError("refused")
            case b"case 3":
                os.abort()
            case b"case 4":
                np.ones(1100 << 20, np.uint8)
            case b"case 5":
                time.sleep(60)


@pytest.fixture
def watcher(tmp_path):
    watcher = Watcher(tmp_path, hang_s=4)
    yield watcher
    watcher.close()


def test_faults_are_noticed_and_kept(watcher):
    outcome = watcher.run(Bad, 8)
    assert (outcome.accepted, outcome.refused) == (3, 1)
    words = {1: "KeyError", 3: "Aborted", 4: "MiB of memory", 5: "Timeout"}
    assert [fault.number for fault in outcome.faults] == list(words)
    for fault in outcome.faults:
        assert words[fault.number] in fault.what
        assert fault.file.read_bytes() == b"case %d" % fault.number
        assert str(fault.file) in str(fault)


class Broken(Target):
    def seeds(self):
        raise OSError("no seeds today")


def test_a_target_that_cannot_begin_is_said(watcher):
    with pytest.raises(RuntimeError, match="no seeds today"):
        watcher.run(Broken, 1)


def test_cases_depend_on_their_number_alone():
    cases = [mutate(SEEDS, random.Random(number)) for number in range(300)]
    assert cases == [mutate(SEEDS, random.Random(number)) for number in range(300)]
    assert len(set(cases)) > 200
    assert sum(case in SEEDS for case in cases) < 30
    assert {len(case) > len(SEEDS[1]) for case in cases} == {True, False}
