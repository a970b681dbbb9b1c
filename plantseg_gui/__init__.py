"""PlantSeg-Next Studio: leaf-disease annotation, diagnosis and retraining on the desktop."""

__version__ = "0.1.0"
