"""Turns checkpoints into style files. The only package that imports both train and realtime."""
