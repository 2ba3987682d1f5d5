import gc

import numpy as np

from nstcam.realtime.frame_pool import SIZES, SPARE, FramePool


def counting() -> tuple[FramePool, list[int]]:
    sizes: list[int] = []

    def allocate(size: int) -> bytearray:
        sizes.append(size)
        return bytearray(size)

    return FramePool(allocate), sizes


def test_memory_is_used_again_when_nobody_holds_the_frame() -> None:
    pool, allocated = counting()
    for _ in range(10):
        frame = pool.take(4, 5)
        assert frame.shape == (4, 5, 3)
        assert frame.flags.c_contiguous
        assert frame.flags.writeable
    assert allocated == [60, 60], "two by turns: one is held while the next is taken"


def test_a_frame_that_is_held_is_not_lent_again() -> None:
    pool, _ = counting()
    held = [pool.take(2, 2) for _ in range(3)]
    for number, frame in enumerate(held):
        frame[:] = number
    pool.take(2, 2)[:] = 9
    assert [int(frame.max()) for frame in held] == [0, 1, 2]


def test_a_slice_of_a_frame_holds_it() -> None:
    pool, allocated = counting()
    corner = pool.take(8, 8)[:4][:, ::-1][:2]
    corner[:] = 7
    pool.take(8, 8)[:] = 9
    assert int(corner.min()) == 7
    del corner
    for _ in range(3):
        pool.take(8, 8)
    assert len(allocated) == 2


def test_what_a_burst_took_is_given_up_afterwards() -> None:
    pool, allocated = counting()
    burst = [pool.take(3, 3) for _ in range(20)]
    burst.clear()
    gc.collect()
    assert len(allocated) == 20
    for _ in range(20):
        pool.take(3, 3)
    held = [pool.take(3, 3) for _ in range(20)]
    assert len(allocated) > 20 + len(held) - SPARE - 2


def test_frames_outlive_the_pool_and_sizes_that_are_not_used_any_more() -> None:
    pool, _ = counting()
    first = pool.take(1, 1)
    first[:] = 5
    for side in range(2, SIZES + 4):
        pool.take(side, side)
    del pool
    assert np.array_equal(first, np.full((1, 1, 3), 5))
