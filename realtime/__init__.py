"""Stylizes frames, live from a camera or from files. Uses NumPy, OpenCV, PyAV and ONNX Runtime; never PyTorch."""
