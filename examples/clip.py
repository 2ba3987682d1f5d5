"""Repaints a video: python examples/clip.py in.mp4 out.mp4 [STYLE]"""

import sys

from nstcam.realtime import NstError, Stylizer, find_style, stylize_video

source, target, style = (*sys.argv[1:], "starry")[:3]
try:
    stylizer = Stylizer(find_style(style), at_once=2)
    report = stylize_video(source, target, stylizer, strength=0.8, progress=lambda p: print(f"\r{p.frames}", end=""))
except NstError as error:
    sys.exit(str(error))
print(f"\r{target}: {report.frames} frames at {report.frames / report.elapsed:.1f} a second")
