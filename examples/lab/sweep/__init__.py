"""Sweeps: many runs of a training script, each with other hyperparameters."""
