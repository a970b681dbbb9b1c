import csv
import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantseg_gui.storage.tables import write_csv


def read(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_values(tmp_path: Path) -> None:
    rows = [
        {"photo": "a, b.jpg", "severity_pct": 12.5, "tags": ("rust", "old"), "ok": True},
        {"photo": 'c"d', "severity_pct": None, "lesions": 3, "odd": float("nan")},
    ]
    write_csv(tmp_path / "t.csv", rows)
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"photo,severity_pct,tags,ok,lesions,odd\r\n")
    first, second = read(tmp_path / "t.csv")
    assert first == {
        "photo": "a, b.jpg",
        "severity_pct": "12.5",
        "tags": "rust; old",
        "ok": "true",
        "lesions": "",
        "odd": "",
    }
    assert second["photo"] == 'c"d'
    assert second["lesions"] == "3"


def test_mark_for_excel_only_where_needed(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [{"photo": "叶.jpg"}])
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(tmp_path / "t.csv") == [{"photo": "叶.jpg"}]


def test_formulas_and_odd_names_are_harmless(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [{"a": "=cmd()", "b": -1.5, "c": "x\udcff"}, {"a": "@x"}])
    rows = read(tmp_path / "t.csv")
    assert [row["a"] for row in rows] == ["'=cmd()", "'@x"]
    assert rows[0]["b"] == "-1.5"
    assert rows[0]["c"] == "x?"


def test_no_rows(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [])
    assert (tmp_path / "t.csv").read_bytes() == b""


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=5))
def test_any_text_survives(tmp_path: Path, texts: list[str]) -> None:
    write_csv(tmp_path / "t.csv", [{"n": 1, "text": text} for text in texts])
    found = [row["text"] for row in read(tmp_path / "t.csv")]
    wanted = [text.replace("\0", "") for text in texts]
    risky = ("=", "+", "-", "@", "\t", "\r")
    assert found == [f"'{t}" if t.startswith(risky) else t for t in wanted]
