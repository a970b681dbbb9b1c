"""The model on the photo on screen."""

from dataclasses import replace


def test_uncertainty_is_not_mixed_between_models(opened):
    document = opened.session.document
    document.update_prediction(replace(document.prediction, model="another"))
    said = []
    opened.session.said.connect(said.append)
    opened.segment.run_uncertainty()
    assert not opened.segment.running
    assert "another" in said[-1]


def test_preview_uses_the_models_threshold(opened):
    opened.segment._threshold = 0.3
    opened.segment.run()
    assert opened.canvas.preview_threshold == 0.3
    opened.segment.cancel()
