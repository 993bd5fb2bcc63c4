"""The contestants of `train_cnn.py`: the same networks, data and Adam in every library."""
