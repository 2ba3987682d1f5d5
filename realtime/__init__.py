"""Stylizes frames: live from a camera, or from files. NumPy, OpenCV and ONNX Runtime only; never PyTorch."""
