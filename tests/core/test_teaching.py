import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.core.teaching import Candidate, teaching_order


def unit(*values):
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def near(rng, centre, count, spread=0.02):
    return [unit(*(centre + spread * rng.standard_normal(len(centre)))) for _ in range(count)]


def crowd(seed=0, kinds=4, each=8, width=16):
    """Photos of some kinds, alike within a kind."""
    rng = np.random.default_rng(seed)
    centres = [np.abs(rng.standard_normal(width)) for _ in range(kinds)]
    return [(kind, v) for kind, c in enumerate(centres) for v in near(rng, c, each)]


def keys(order):
    return [asked.key for asked in order]


finite = st.floats(0, 1) | st.none() | st.just(float("nan"))
numbers = st.floats(-1, 1, width=16) | st.just(float("nan"))
vectors = st.none() | st.lists(numbers, min_size=3, max_size=4).map(np.array)
photos = st.lists(st.tuples(finite, vectors, st.booleans()), max_size=25)


@settings(max_examples=200, deadline=None)
@given(photos, st.lists(st.lists(numbers, min_size=3, max_size=4).map(np.array), max_size=3))
def test_every_photo_comes_once_with_a_reason_and_the_order_is_the_same_again(items, learned):
    candidates = [Candidate(str(i), d, v, leaf) for i, (d, v, leaf) in enumerate(items)]
    order = teaching_order(candidates, learned)
    assert sorted(keys(order), key=int) == [c.key for c in candidates]
    assert all(asked.reason and "\n" not in asked.reason for asked in order)
    assert order == teaching_order(candidates, learned)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(12)))
def test_the_order_does_not_hang_on_how_the_photos_are_listed(seed, places):
    rng = np.random.default_rng(seed)
    items = [
        Candidate(str(i), float(rng.random()), unit(*np.abs(rng.standard_normal(6))))
        for i in range(12)
    ]
    assert keys(teaching_order(items)) == keys(teaching_order([items[p] for p in places]))


def test_equal_doubt_takes_one_of_each_kind_first():
    photos = crowd()
    order = teaching_order([Candidate(f"{k}-{i}", 0.3, v) for i, (k, v) in enumerate(photos)])
    assert {key[0] for key in keys(order)[:4]} == {"0", "1", "2", "3"}


def test_what_was_learned_is_not_asked_again():
    photos = crowd()
    candidates = [Candidate(f"{k}-{i}", 0.3, v) for i, (k, v) in enumerate(photos)]
    learned = [v for k, v in photos if k in (0, 2)]
    order = teaching_order(candidates, learned)
    assert {key[0] for key in keys(order)[:2]} == {"1", "3"}
    assert "unlike any photo you have corrected" in order[0].reason
    of_learned = next(a for a in order if a.key.startswith("0"))
    assert "much like one you have corrected" in of_learned.reason


def test_among_photos_that_look_alike_the_doubtful_one_comes_first():
    rng = np.random.default_rng(1)
    same = near(rng, np.ones(8), 10, 0.001)
    candidates = [Candidate(str(i), 0.1 * i, v) for i, v in enumerate(same)]
    assert keys(teaching_order(candidates))[0] == "9"


def test_neither_a_blurred_photo_nor_one_unlike_all_others_heads_the_list():
    rng = np.random.default_rng(2)
    items = [Candidate(str(i), 0.05 + 0.01 * (i % 7), v) for i, (_, v) in enumerate(crowd(2))]
    freak = -np.ones(16) + rng.random(16)
    items.append(Candidate("blurred", 1.0, unit(*freak)))
    items.append(Candidate("no leaf", 1.0, items[0].vector, leaf=False))
    order = keys(teaching_order(items))
    assert order.index("blurred") > 0
    assert order[-1] == "no leaf"


def test_photos_that_cannot_be_compared_follow_by_their_doubt():
    photos = crowd(kinds=2, each=3)
    items = [Candidate(f"c{i}", 0.01, v) for i, (_, v) in enumerate(photos)]
    items += [Candidate("new", None), Candidate("less", 0.2), Candidate("more", 0.4)]
    items += [Candidate("other width", 0.3, np.ones(5))]
    assert keys(teaching_order(items))[-4:] == ["more", "other width", "less", "new"]


def test_without_vectors_or_doubt_it_is_still_an_order():
    assert keys(teaching_order([Candidate("a", None), Candidate("b", None)])) == ["a", "b"]
    assert keys(teaching_order([Candidate("a", 0.1), Candidate("b", 0.2)])) == ["b", "a"]
    assert teaching_order([]) == []


def test_a_sure_model_still_asks_for_what_is_new():
    photos = crowd(kinds=2, each=5)
    items = [Candidate(f"{k}-{i}", 0.0, v) for i, (k, v) in enumerate(photos)]
    order = teaching_order(items, [v for k, v in photos if k == 0])
    assert order[0].key.startswith("1")
    assert "unsure almost nowhere" in order[0].reason
