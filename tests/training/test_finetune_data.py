import numpy as np
import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_labels, write_mask
from plantseg_gui.training.finetune_data import looked_at, read_labelled, read_photos
from plantseg_gui.training.job import JobPhoto
from tests.training.conftest import spotted

SIZE = 256


@pytest.fixture
def files(tmp_path):
    image, mask = spotted(1, SIZE)
    write_png(tmp_path / "a.png", image)
    labels = mask.astype(np.uint16) * 5
    labels[:20, :20] = UNSURE
    write_labels(tmp_path / "labels.png", labels)
    write_mask(tmp_path / "mask.png", mask)
    touched = np.zeros(mask.shape, bool)
    touched[200, 10] = True
    write_mask(tmp_path / "touched.png", touched)
    return tmp_path


def job_photo(folder, labels="labels.png", **changes):
    return JobPhoto(folder / "a.png", folder / labels, "a", **{"numbered": True, **changes})


def test_an_approved_photo_counts_everywhere_but_where_it_is_unsure(files):
    found = read_labelled(job_photo(files), 1.4)
    assert found.approved
    valid = found.photo.valid > 0
    assert not valid[:20, :20].any()
    assert valid[21:].all()
    assert set(np.unique(found.photo.labels)) == {0, 5, UNSURE}


def test_a_corrected_photo_counts_only_around_the_touched_places(files):
    item = job_photo(files, touched=files / "touched.png", approved=False)
    valid = read_labelled(item, 1.4).photo.valid > 0
    # 256 px are 512 network px, so a cell of 128 of those is 64 px.
    assert valid[192:, :64].all()
    assert valid.sum() == 64 * 64


def test_touched_cells_cover_photos_of_any_size():
    for shape in ((1, 1), (7, 900), (333, 200)):
        touched = np.zeros(shape, bool)
        touched[-1, -1] = True
        seen = looked_at(touched)
        assert seen.shape == shape
        assert seen[-1, -1]
    assert not looked_at(np.zeros((300, 300), bool)).any()


def test_corrected_somewhere_unknown_or_nowhere_is_of_no_use(files):
    with pytest.raises(InputError, match="not approved"):
        read_labelled(job_photo(files, approved=False), 1.4)
    write_mask(files / "touched.png", np.zeros((SIZE, SIZE), bool))
    with pytest.raises(InputError, match="neither"):
        read_labelled(job_photo(files, touched=files / "touched.png", approved=False), 1.4)


def test_plain_masks_and_label_images_are_told_apart(files):
    assert read_labelled(job_photo(files, "mask.png", numbered=False), 1.4).photo.labels is None
    assert read_labelled(job_photo(files, numbered=False), 1.4).photo.labels is not None
    white = np.zeros((SIZE, SIZE), np.uint16)
    white[9:60, 9:60] = UNSURE
    write_labels(files / "white.png", white)
    plain = read_labelled(job_photo(files, "white.png", numbered=False), 1.4).photo
    assert plain.labels is None
    assert plain.diseased
    # A window's label image of unsure pixels alone is no lesion.
    assert not read_labelled(job_photo(files, "white.png"), 1.4).photo.diseased


def test_bad_photos_are_told_and_left_out(files):
    write_mask(files / "small.png", np.zeros((9, 9), bool))
    bad = []
    items = [
        job_photo(files),
        JobPhoto(files / "none.png", files / "labels.png", "gone"),
        JobPhoto(files / "a.png", files / "small.png", "small"),
    ]
    found = read_photos(items, 1.4, on_bad=lambda name, error: bad.append(name))
    assert [p.photo_id for p in found] == ["a"]
    assert bad == ["gone", "small"]
    with pytest.raises(InputError, match="None of the photos"):
        read_photos(items[1:], 1.4, on_bad=lambda name, error: None)


def test_reading_can_be_stopped(files):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read_photos([job_photo(files)] * 5, 1.4, on_bad=lambda *_: None, token=token)
