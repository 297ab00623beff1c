"""The composition root, and the demo."""
