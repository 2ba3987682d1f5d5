"""Maps the top-level folders into the package nstcam: realtime/ is installed and imported as nstcam.realtime."""

from setuptools import find_packages, setup

FOLDERS = ("realtime", "export", "train", "media")

setup(
    package_dir={f"nstcam.{folder}": folder for folder in FOLDERS},
    packages=[
        f"nstcam.{package}"
        for package in find_packages(include=[pattern for folder in FOLDERS for pattern in (folder, f"{folder}.*")])
    ],
)
