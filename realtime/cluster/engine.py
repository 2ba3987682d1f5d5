"""The cluster that films and pictures are painted on; its errors are those of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nstcam.media.cluster import ClusterError, Engine, Size
from nstcam.media.cluster import connected as connected_to
from nstcam.realtime.engine.cores import usable_cores
from nstcam.realtime.errors import NstError


@contextmanager
def connected(address: str, workers: int | None = None) -> Iterator[Engine]:
    """Connects to a cluster, or starts one on this machine.

    Args:
        address: as `nstcam.media.cluster.connected` takes it.
        workers: on this machine, how many there will be.

    Raises:
        NstError: Ray is not installed, there is no cluster at that address, or it cannot do what is asked of it.
    """
    try:
        with connected_to(address, max(usable_cores(), workers or 0)) as engine:
            yield engine
    except ClusterError as error:
        raise NstError(str(error)) from error


__all__ = ["Engine", "Size", "connected"]
