"""Picture files as pixels, and which files are pictures or videos: what realtime/ and train/ share.

NumPy, OpenCV and tifffile only.
"""
