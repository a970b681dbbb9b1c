"""Finding lines by typed letters."""

from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.fuzzy import LineFinder

LINES = ["Run model\tModel", "Retrain…\tTrain", "Models…\tModel", "Leaf area\tView › Layers", "Fit"]


def names(query, most=9):
    finder = LineFinder(LINES)
    return [LINES[hit.line].split("\t")[0] for hit in finder.find(query, most)]


def test_the_beginning_counts_most_then_words_then_letters():
    assert names("mod") == ["Models…", "Run model"]
    assert names("model run") == ["Run model"]
    assert names("rtn") == ["Retrain…"]
    assert names("LAYERS leaf") == ["Leaf area"]
    assert names("ayer") == ["Leaf area"]


def test_nothing_typed_and_no_match_find_nothing():
    assert names("  ") == []
    assert names("xyz") == []
    assert LineFinder([]).find("a", 5) == []


def test_no_more_than_asked_for_and_in_their_own_order():
    finder = LineFinder(f"photo {i:05}.jpg" for i in range(10_000))
    assert [hit.line for hit in finder.find("pho", 3)] == [0, 1, 2]
    assert [hit.line for hit in finder.find("09999", 3)][:1] == [9999]


def test_signs_of_patterns_are_letters_like_others():
    finder = LineFinder(["a.b (1).jpg", "axb", "^]-\\"])
    assert [hit.line for hit in finder.find("a.b (1)", 5)] == [0]
    assert [hit.line for hit in finder.find("^]-\\", 5)] == [2]


text = st.text(alphabet="ab .-]^\\ß\t\n", max_size=6)


@given(st.lists(text, max_size=6), text)
def test_a_line_is_found_exactly_when_it_holds_the_letters_or_words(lines, query):
    def holds(line):
        folded = line.casefold().replace("\n", " ")
        words = query.casefold().split()
        letters = iter(folded.split("\t")[0])
        return bool(words) and (
            all(word in folded for word in words) or all(c in letters for c in "".join(words))
        )

    found = {hit.line for hit in LineFinder(lines).find(query, 99)}
    assert found == {i for i, line in enumerate(lines) if holds(line)}
