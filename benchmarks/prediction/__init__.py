"""The contestants of `inference.py`: trained networks that predict, in every library."""
