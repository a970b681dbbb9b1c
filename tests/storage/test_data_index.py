import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.data_index import IndexRow, read_data_index

GOOD = b"crop,split,stem,source\nc,train,1,coffee\nc,val,2,coffee\nt,val,3,tea\n"


@pytest.fixture
def index(tmp_path):
    def write(content: bytes):
        (tmp_path / "index.csv").write_bytes(content)
        return tmp_path / "index.csv"

    return write


def test_columns_in_any_order_and_others_beside_them(index):
    read = read_data_index(index(GOOD))
    assert read.rows == (
        IndexRow("coffee", "1", "train"),
        IndexRow("coffee", "2", "val"),
        IndexRow("tea", "3", "val"),
    )


def test_byte_order_mark_and_windows_line_ends(index):
    saved_by_excel = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n")
    assert read_data_index(index(saved_by_excel)).rows == read_data_index(index(GOOD)).rows


def test_choosing_by_split_and_source(index):
    read = read_data_index(index(GOOD))
    assert [r.stem for r in read.choose("val")] == ["2", "3"]
    assert [r.stem for r in read.choose("val", ["tea"])] == ["3"]
    assert read.has("train", ["coffee"])
    assert not read.has("train", ["tea"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks the columns source, stem, split"),
        (b"source,stem\na,b\n", "lacks the columns split"),
        (b"source,stem,split\n", "names no photo"),
        (b"source,stem,split\na,b,val\na,c\n", "line 3: source, stem or split is missing"),
        (b"source,stem,split\na,,val\n", "line 2: source, stem or split is missing"),
        (b"source,stem,split\ncaf\xe9,b,val\n", "not a CSV file in UTF-8"),
        (b"\xff\xfes\x00", "not a CSV file in UTF-8"),
        (b"source,stem,split\na," + b"x" * 200_000 + b",val\n", "not a CSV file in UTF-8"),
    ],
)
def test_a_bad_index_is_named_with_what_is_wrong(content, words, index):
    path = index(content)
    with pytest.raises(InputError, match=words) as caught:
        read_data_index(path)
    assert str(path) in caught.value.what
    assert caught.value.do


def test_a_missing_index_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_data_index(path)
        assert str(path) in caught.value.what


def test_unknown_source_and_split_name_the_known_ones(index):
    read = read_data_index(index(GOOD))
    with pytest.raises(InputError, match=r"no source mango.*coffee, tea"):
        read.choose("val", ["tea", "mango"])
    with pytest.raises(InputError, match=r"no photo of tea in the split 'train'.*train, val"):
        read.choose("train", ["tea"])
