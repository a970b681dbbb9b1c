from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.training.gate_share import (
    DEFAULT_SHARE,
    SHARES,
    choose_share,
)


def scores(**by_share):
    """Dice of photos a, b, c … by share, given as s50=[…]."""
    return {
        int(key[1:]) / 100: dict(zip("abcdefgh", values, strict=False))
        for key, values in by_share.items()
    }


def test_without_figures_the_default_is_taken():
    assert choose_share({}, list(SHARES)) == DEFAULT_SHARE


def test_another_share_must_be_clearly_better():
    table = scores(s70=[0.5, 0.5], s100=[0.505, 0.505])
    assert choose_share(table, [0.7, 1.0]) == 0.7
    table = scores(s70=[0.5, 0.5], s100=[0.55, 0.55])
    assert choose_share(table, [0.7, 1.0]) == 1.0


def test_a_photo_has_no_say_in_its_own_figure():
    # Photo a alone would choose 1.0; b and c choose 0.5 for it.
    table = scores(s50=[0.1, 0.9, 0.9], s70=[0.1, 0.5, 0.5], s100=[1.0, 0.2, 0.2])
    assert choose_share(table, [0.5, 0.7, 1.0], without="a") == 0.5


@given(
    st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=8),
    st.sets(st.sampled_from(SHARES), min_size=1),
)
def test_the_choice_is_among_the_allowed(rows, allowed):
    table = {s: {str(n): row[k] for n, row in enumerate(rows)} for k, s in enumerate(SHARES)}
    allowed = sorted(allowed)
    chosen = choose_share(table, allowed)
    assert chosen in allowed
    assert choose_share(table, allowed, without="0") in allowed
