"""Fits feed-forward style networks to a painting (PyTorch). Knows nothing of export or realtime."""
