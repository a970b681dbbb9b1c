"""The real network, tiny, behind the real thread."""

import numpy as np
import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.jobs.inference_service import InferenceService


@pytest.fixture
def photo():
    generator = np.random.default_rng(1)
    photo = np.full((300, 400, 3), (200, 200, 190), np.uint8)
    photo[40:260, 60:340] = (70, 140, 60)
    photo[100:140, 150:200] = (140, 90, 40)
    return photo + generator.integers(0, 20, photo.shape, dtype=np.uint8)


@pytest.fixture
def service(qtbot):
    service = InferenceService()
    yield service
    service.shutdown()


def test_a_photo_goes_through_the_real_network(service, tiny_model, photo, qtbot):
    tiles, texts = [], []
    service.tile_ready.connect(lambda stamp, update: tiles.append(update))
    service.status.connect(texts.append)
    with qtbot.waitSignal(service.model_ready, timeout=60_000) as ready:
        service.set_model(tiny_model)
    assert "cpu" in ready.args[0]
    assert texts[0] == "Loading model…"
    stamp = service.request("a", 0, photo, TileMode.FULL)
    with qtbot.waitSignal(service.finished, timeout=60_000, raising=True) as done:
        pass
    assert done.args[0] == stamp
    prediction = done.args[1]
    assert prediction.labels.shape == (300, 400)
    assert len(tiles) == prediction.tiles_processed > 1
    assert tiles[-1].network_width == 800
    with qtbot.waitSignal(service.uncertainty_ready, timeout=60_000) as second:
        service.request_uncertainty("a", 0, photo, prediction)
    assert second.args[1].variance.shape == prediction.probability.shape


def test_cancelled_between_tiles(service, tiny_model, photo, qtbot):
    service.set_model(tiny_model)
    tiles = []

    def cancel_at_the_first(stamp, update):
        tiles.append(update)
        service.cancel()

    service.tile_ready.connect(cancel_at_the_first)
    with qtbot.waitSignal(service.cancelled, timeout=60_000):
        service.request("a", 0, photo, TileMode.FULL)
    assert len(tiles) == 1


def test_a_folder_that_is_no_model(service, tmp_path, qtbot):
    with qtbot.waitSignal(service.model_failed, timeout=60_000) as failed:
        service.set_model(tmp_path)
    assert isinstance(failed.args[0], InputError)
