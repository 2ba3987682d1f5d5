"""Measurements of nstcam. OpenCV's threads wait as the nstcam command has them wait."""

import os

from nstcam.realtime.cli.running.opencv_settings import ROUNDS, WAITING

os.environ.setdefault(WAITING, ROUNDS)  # before anything imports OpenCV
