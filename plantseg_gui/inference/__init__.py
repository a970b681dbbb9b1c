"""From a photo to a prediction: tiles, blending, uncertainty. numpy in, numpy out."""
