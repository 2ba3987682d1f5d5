"""Picture files as pixels, which files are pictures or videos, our own files, weights: what realtime/ and train/ share.

NumPy, OpenCV and tifffile only.
"""
