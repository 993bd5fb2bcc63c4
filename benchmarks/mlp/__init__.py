"""The contestants of `train_mlp.py`: the same network, data and Adam in every library."""
