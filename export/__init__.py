"""Turns checkpoints into style files: the only bridge between train and realtime."""
