import hashlib
import io
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.results import LeafResult, Prediction
from plantseg_gui.storage import arrays as arrays_file
from plantseg_gui.storage.arrays import (
    DamagedArrays,
    PhotoArrays,
    decode,
    encode,
    load_arrays,
    save_arrays,
)
from plantseg_gui.storage.hdf_fields import BadField
from plantseg_gui.storage.predictions_hdf import read_prediction, write_prediction
from tests.storage.conftest import make_prediction

quick = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
SIDES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30)


def assert_same_prediction(read: Prediction, written: Prediction) -> None:
    exact = {"model", "height", "width", "boxes", "threshold", "disease_probability", "seconds"}
    exact |= {
        "tiles_total",
        "tiles_processed",
        "mode",
        "device",
        "warnings",
        "leaf_covered",
        "tiles",
    }
    for name in exact:
        assert getattr(read, name) == getattr(written, name), name
    assert np.array_equal(read.labels, written.labels)
    assert read.leaf.reason == written.leaf.reason
    assert (read.leaf.mask is None) == (written.leaf.mask is None)
    if written.leaf.mask is not None:
        assert np.array_equal(read.leaf.mask, written.leaf.mask)
    for one, other in (
        (read.probability, written.probability),
        *zip(read.attention, written.attention, strict=True),
        (read.affinity, written.affinity),
    ):
        assert one.dtype == other.dtype
        # A positive probability below half a step is rounded up to a whole one.
        steps = 1.0 if one is read.probability else 0.5
        assert np.abs(one.astype(np.float32) - other).max() <= steps / 255 + 1e-6 + 1e-3 * (
            one.dtype == np.float16
        )
    assert (read.uncertainty is None) == (written.uncertainty is None)
    if written.uncertainty is not None and read.uncertainty is not None:
        for name in ("variance", "energy"):
            one, other = getattr(read.uncertainty, name), getattr(written.uncertainty, name)
            assert one.dtype == np.float32
            assert np.abs(one - other).max() <= np.ptp(other) / 65535 + 1e-9


@quick
@given(data=st.data(), shape=SIDES)
def test_round_trip_of_labels_and_touched(tmp_path: Path, data: st.DataObject, shape) -> None:
    labels = data.draw(hnp.arrays(np.uint16, shape))
    touched = data.draw(hnp.arrays(np.bool_, shape))
    save_arrays(tmp_path / "x.h5", PhotoArrays(labels, touched, record={"name": "ä", "n": 1}))
    read = load_arrays(tmp_path / "x.h5")
    assert read.labels is not None
    assert read.touched is not None
    assert read.labels.dtype == np.uint16
    assert np.array_equal(read.labels, labels)
    assert np.array_equal(read.touched, touched)
    assert read.prediction is None
    assert read.record == {"name": "ä", "n": 1}


@quick
@given(
    seed=st.integers(0, 1000),
    height=st.integers(8, 60),
    width=st.integers(8, 60),
    uncertain=st.booleans(),
    leaf=st.booleans(),
)
def test_round_trip_of_a_prediction(seed, height, width, uncertain, leaf) -> None:
    written = make_prediction(height, width, seed, uncertain=uncertain)
    if not leaf:
        written = replace(written, leaf=LeafResult(None, "no leaf found"), boxes=())
    read = decode(encode(PhotoArrays(None, None, written)), Path("x.h5"))
    assert read.labels is None
    assert read.prediction is not None
    assert_same_prediction(read.prediction, written)
    again = decode(encode(read), Path("x.h5"))
    assert again.prediction is not None
    assert np.array_equal(again.prediction.probability, read.prediction.probability)


def test_nothing_is_something(tmp_path: Path) -> None:
    save_arrays(tmp_path / "x.h5", PhotoArrays())
    assert load_arrays(tmp_path / "x.h5") == PhotoArrays()


def test_values_that_are_not_finite() -> None:
    odd = make_prediction()
    odd.probability[0, 0] = np.nan
    odd.uncertainty.energy[0, :2] = (np.inf, np.nan)  # type: ignore[union-attr]
    read = decode(encode(PhotoArrays(None, None, odd)), Path("x")).prediction
    assert read is not None
    assert read.uncertainty is not None
    assert np.isfinite(read.probability).all()
    assert np.isfinite(read.uncertainty.energy).all()


def test_arrays_of_different_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="different photos"):
        encode(PhotoArrays(np.zeros((3, 4), np.uint16), np.zeros((4, 3), np.bool_)))
    with pytest.raises(ValueError, match="different photos"):
        encode(PhotoArrays(np.zeros((3, 4), np.uint16), None, make_prediction()))


def test_other_programs_can_open_it(tmp_path: Path) -> None:
    save_arrays(tmp_path / "x.h5", PhotoArrays(np.full((600, 700), 3, np.uint16)))
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["labels"].chunks == (512, 512)
        assert file["labels"].compression == "gzip"
        assert (file["labels"][...] == 3).all()


def signed(image: bytes) -> bytes:
    """Hostile HDF5 with a checksum that is right."""
    header = arrays_file._HEADER.pack(
        arrays_file._MAGIC, arrays_file.FORMAT, len(image), hashlib.sha256(image).digest()
    )
    return header.ljust(512, b"\0") + image


def hdf(fill) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


def wrong_type(file: h5py.File) -> None:
    file["labels"] = np.zeros((4, 4), np.float64)


def group_for_data(file: h5py.File) -> None:
    file.create_group("labels")


def other_file(file: h5py.File) -> None:
    file["labels"] = h5py.ExternalLink("/etc/passwd", "/x")


def raw_bytes_of_another_file(file: h5py.File) -> None:
    file.create_dataset("touched", (4, 4), np.uint8, external=[("/etc/passwd", 0, 16)])


def enormous(file: h5py.File) -> None:
    file.create_dataset("labels", (1 << 20, 1 << 20), np.uint16, chunks=(512, 512))


def incomplete_prediction(file: h5py.File) -> None:
    file.create_group("prediction")["facts"] = np.frombuffer(b"{}", np.uint8)


def bad_json(file: h5py.File) -> None:
    file["record"] = np.frombuffer(b"{" * 100, np.uint8)


@pytest.mark.parametrize(
    "fill",
    [
        wrong_type,
        group_for_data,
        other_file,
        raw_bytes_of_another_file,
        enormous,
        incomplete_prediction,
        bad_json,
    ],
)
def test_hostile_content_with_a_right_checksum(fill) -> None:
    with pytest.raises(DamagedArrays):
        decode(signed(hdf(fill)), Path("x.h5"))


def test_newer_format_is_not_called_damaged() -> None:
    header = arrays_file._HEADER.pack(arrays_file._MAGIC, 99, 0, bytes(32))
    with pytest.raises(StorageError, match="newer version") as caught:
        decode(header.ljust(512, b"\0"), Path("x.h5"))
    assert not isinstance(caught.value, DamagedArrays)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.h5 could not be read"):
        load_arrays(tmp_path / "gone.h5")


def test_a_small_probability_is_never_stored_as_not_processed(tmp_path: Path) -> None:
    written = make_prediction()
    probability = np.full_like(written.probability, 1e-4)
    probability[0] = 0
    prediction = replace(written, probability=probability, leaf_covered=False)
    save_arrays(tmp_path / "a.h5", PhotoArrays(prediction=prediction))
    read = load_arrays(tmp_path / "a.h5").prediction
    assert read is not None
    assert not read.leaf_covered
    assert np.array_equal(read.probability > 0, probability > 0)


def test_a_prediction_of_an_older_version_has_no_tiles() -> None:
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        write_prediction(file.create_group("p"), make_prediction())
        for name in [name for name in file["p"] if name.startswith("tile_")]:
            del file["p"][name]
        assert read_prediction(file["p"]).tiles == ()
        file["p"]["tile_scores"] = np.zeros(2, np.float32)
        with pytest.raises(BadField):
            read_prediction(file["p"])
