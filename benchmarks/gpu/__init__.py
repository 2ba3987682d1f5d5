"""Checks and measures nstcam on an NVIDIA GPU: correct pictures, how frames are transferred, speed, and training.

`python -m benchmarks.gpu` runs the steps of `steps.STEPS`, each in a process of its own and with a time limit; see
`__main__.py`. It needs neither PyAV nor an installation: `benchmarks/` and the package on PYTHONPATH are enough.
"""
