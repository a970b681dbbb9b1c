"""Training and retraining; runs in its own process."""
