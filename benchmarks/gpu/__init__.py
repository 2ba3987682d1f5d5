"""What an NVIDIA GPU does with nstcam: right pictures, the fast way for frames, speed, and training. One command.

`python -m benchmarks.gpu` runs the steps of `steps.STEPS`, each in a process of its own within its time; see
`__main__.py`. It needs no PyAV and no installation: `benchmarks/` and the package on PYTHONPATH are enough.
"""
