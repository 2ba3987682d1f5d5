"""Picture files as pixels, which files are pictures or videos, and files of our own: what realtime/ and train/ share.

NumPy, OpenCV and tifffile only.
"""
