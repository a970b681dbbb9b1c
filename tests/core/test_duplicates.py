import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.core import photo_hash as hashing
from plantseg_gui.core.drawn_leaf import demo_list
from plantseg_gui.core.duplicates import NEAR_WITHIN, DuplicateIndex, Fingerprint, Twins
from plantseg_gui.core.photo_hash import HASH_BYTES, distance, photo_hash, turned, words


def turns(rgb: np.ndarray) -> list[np.ndarray]:
    """The 8 ways in which a photo can lie."""
    turned_ones = [np.rot90(rgb, k) for k in range(4)]
    return turned_ones + [one[:, ::-1] for one in turned_ones]


def scene(seed: int, size=(96, 128)) -> np.ndarray:
    """A smooth coloured picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


def apart(one: np.ndarray, other: np.ndarray) -> int:
    """Differing signs over all turns."""
    a, b = photo_hash(one), photo_hash(other)
    assert a is not None
    assert b is not None
    return int(distance(turned(words([a]))[0], words([b])).min())


@pytest.fixture(scope="module")
def leaves() -> list[np.ndarray]:
    return [leaf.draw(256).image for leaf in demo_list(6)]


def test_the_hash_of_a_turned_photo_follows_from_that_of_the_photo():
    rgb = scene(1)
    variants = turned(words([photo_hash(rgb)]))[0]
    assert len({v.tobytes() for v in variants}) == 8
    assert variants[0].tobytes() == photo_hash(rgb)
    for other in turns(rgb):
        found = photo_hash(np.ascontiguousarray(other))
        assert found in {v.tobytes() for v in variants}


@settings(max_examples=30, deadline=None)
@given(data=st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES))
def test_turns_form_a_group(data):
    data = bytes([data[0] & 0x7F]) + data[1:]
    variants = turned(words([data]))[0]
    all_of = {v.tobytes() for v in variants}
    for v in variants:
        assert {w.tobytes() for w in turned(words([v.tobytes()]))[0]} == all_of


def test_changes_that_make_no_other_photo(leaves):
    for rgb in leaves:
        half = cv2.resize(rgb, (128, 128), interpolation=cv2.INTER_AREA)
        _, coded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 50])
        poor = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
        warm = np.clip(rgb * np.array([1.1, 1.0, 0.9]), 0, 255).astype(np.uint8)
        for other in (half, poor, warm, np.rot90(half), half[::-1]):
            assert apart(rgb, np.ascontiguousarray(other)) <= NEAR_WITHIN


def test_other_leaves_are_other_photos(leaves):
    # Drawn apart, and the same leaf outline on the same ground with other lesions is none of them.
    pairs = [(a, b) for i, a in enumerate(leaves) for b in leaves[:i]]
    assert min(apart(a, b) for a, b in pairs) > NEAR_WITHIN + 10


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (64, 64), (500, 2)])
def test_any_size(shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    look = photo_hash(rgb)
    assert look is None or len(look) == HASH_BYTES


def test_an_empty_picture_looks_like_nothing():
    assert photo_hash(np.full((50, 60, 3), 255, np.uint8)) is None


def test_bit_count_without_numpy_2(monkeypatch):
    values = np.random.default_rng(0).integers(0, 2**63, (5, 4), np.uint64)
    expected = hashing.bit_count(values)
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert np.array_equal(hashing.bit_count(values), expected)


def print_of(name: str, rgb: np.ndarray, sha: str = "") -> Fingerprint:
    return Fingerprint(name, sha or f"sha of {name}", photo_hash(np.ascontiguousarray(rgb)))


def test_same_and_alike_are_told_apart():
    index = DuplicateIndex()
    rgb = scene(1)
    assert index.add([print_of("a", rgb, "s"), print_of("b", scene(2))]) == set()
    assert index.add([print_of("copy", rgb, "s")]) == {"a", "copy"}
    assert index.add([print_of("turned", np.rot90(rgb))]) == {"a", "copy", "turned"}
    assert index.twins("a") == Twins(("copy",), ("turned",))
    assert index.twins("turned") == Twins((), ("a", "copy"))
    assert not index.twins("b")
    assert not index.twins("nobody")
    assert len(index) == 4
    assert index.paired() == ["a", "copy", "turned"]
    assert "b" in index


def test_what_is_known_is_not_compared_again(monkeypatch):
    index = DuplicateIndex()
    made = print_of("a", scene(1))
    index.add([made])
    monkeypatch.setattr(index, "_compare", lambda *_: pytest.fail("compared"))
    assert index.add([made]) == set()


def test_a_photo_that_changed_leaves_its_twins():
    index = DuplicateIndex()
    index.add([print_of("a", scene(1), "s"), print_of("b", scene(1), "s"), print_of("c", scene(1))])
    assert index.add([print_of("b", scene(3))]) == {"a", "c"}
    assert index.twins("a") == Twins((), ("c",))
    assert not index.twins("b")
    assert index.discard("c") == {"a"}
    assert not index.twins("a")
    assert index.add([print_of("d", scene(1))]) == {"a", "d"}
    assert index.discard("nobody") == set()


def test_pictures_without_anything_are_alike_only_by_content():
    index = DuplicateIndex()
    index.add(
        [Fingerprint("a", "x", None), Fingerprint("b", "y", None), Fingerprint("c", "x", None)]
    )
    assert index.twins("a") == Twins(("c",))
    assert not index.twins("b")
    index.add([Fingerprint("d", "", None), Fingerprint("e", "", None)])
    assert not index.twins("d")


def test_all_at_once_and_one_by_one_are_the_same():
    prints = [print_of(f"{i}", scene(i % 20)[:: 1 - 2 * (i % 2)]) for i in range(60)]
    together, single = DuplicateIndex(), DuplicateIndex()
    together.add(prints)
    for made in prints:
        single.add([made])
    for made in prints:
        assert set(together.twins(made.photo_id).alike) == set(single.twins(made.photo_id).alike)
        assert len(together.twins(made.photo_id).alike) == 2


def test_ten_thousand_photos_are_grouped_in_seconds():
    rng = np.random.default_rng(0)
    looks = rng.integers(0, 256, (10_000, HASH_BYTES), np.uint8)
    looks[5_000] = looks[3]
    looks[9_999] = turned(words([looks[7].tobytes()]))[0, 5].view(np.uint8)
    index = DuplicateIndex()
    began = time.perf_counter()
    index.add([Fingerprint(str(i), str(i), look.tobytes()) for i, look in enumerate(looks)])
    # 2 to 3 s on two busy cores; a loop over pairs in Python takes minutes.
    assert time.perf_counter() - began < 30
    assert index.twins("3").alike == ("5000",)
    assert index.twins("9999").alike == ("7",)
    assert sum(bool(index.twins(str(i))) for i in range(10_000)) == 4


def test_groups_reach_by_way_of_a_third(leaves):
    prints = [
        Fingerprint("a", "1", photo_hash(leaves[0])),
        Fingerprint("b", "2", photo_hash(leaves[1])),
        Fingerprint("c", "1", photo_hash(leaves[2])),  # the file of a …
        Fingerprint("d", "3", photo_hash(np.rot90(leaves[2]))),  # … which looks like d
        Fingerprint("e", "4", None),
        Fingerprint("f", "5", None),
    ]
    index = DuplicateIndex()
    index.add(prints)
    assert index.twins("a").alike == ()
    assert index.groups() == {"a": "a", "c": "a", "d": "a"}
