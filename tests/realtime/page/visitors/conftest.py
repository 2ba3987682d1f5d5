"""A page for visitors, with styles that paint one grey each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import cv2
import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

import aiohttp

from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.visitors.visitors_page import VisitorsPage
from tests.realtime.page.conftest import TOKEN
from tests.support.fakes.live import StylizerFactory, frame_of, style_of

T = TypeVar("T")
NAMES = ("one", "two", "three")
STEP = 60


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """Whose styles paint grey 60, 120 and 180."""
    one = Gallery([style_of(name) for name in NAMES], StylizerFactory(NAMES, step=STEP), fade=0)
    one.want_all(True)
    yield one
    one.close()


@pytest.fixture
def visitors(gallery: Gallery) -> Iterator[VisitorsPage]:
    one = VisitorsPage(gallery, LOOPBACK, 0, TOKEN, most=2)
    yield one
    one.close()


def jpeg(value: int = 9, height: int = 48, width: int = 64) -> bytes:
    return cv2.imencode(".jpg", frame_of(value, height, width))[1].tobytes()


def visiting(
    page: VisitorsPage, work: Callable[[Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]]], Awaitable[T]]
) -> T:
    """Runs what clients do; they get a function that connects one."""

    async def run() -> T:
        async with aiohttp.ClientSession() as session:
            address = f"{page.access.origin}/visit?token={TOKEN}"

            async def connect() -> aiohttp.ClientWebSocketResponse:
                return await session.ws_connect(address)

            return await asyncio.wait_for(_awaited(work(connect)), 60)

    return asyncio.run(run())


async def _awaited(work: Awaitable[T]) -> T:
    return await work
