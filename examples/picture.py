"""Repaints a picture: python examples/picture.py photo.jpg painting.png [STYLE]"""

import sys

import cv2

from nstcam.realtime import Stylizer, find_style

source, target, style = (*sys.argv[1:], "starry")[:3]
photo = cv2.imread(source)
if photo is None:
    sys.exit(f"{source} is not a picture")
stylizer = Stylizer(find_style(style))
cv2.imwrite(target, stylizer.stylize(photo))
print(f"{target}: {style} on {stylizer.device}")
