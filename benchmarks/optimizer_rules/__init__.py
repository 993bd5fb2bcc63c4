"""What `optimizers.py` measures: every optimizer rule, here and in the peers, and the memory."""
