"""What a finished sweep teaches: figures, a page, and words."""
