"""Repaints a webcam in a window until Esc is pressed: python examples/webcam.py [STYLE [CAMERA OR VIDEO]]"""

import sys

import cv2

from nstcam.realtime import Stylizer, find_style

style, source = (*sys.argv[1:], *("starry", "0")[len(sys.argv) - 1 :])
stylizer = Stylizer(find_style(style))
camera = cv2.VideoCapture(int(source) if source.isdigit() else source)
while (grabbed := camera.read())[0] and cv2.waitKey(1) != 27:
    frame = cv2.resize(grabbed[1], (640, 480))
    cv2.imshow("nstcam", cv2.hconcat([frame, stylizer.stylize(frame)]))
camera.release()
cv2.destroyAllWindows()
