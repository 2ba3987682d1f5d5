"""Ray, which starts workers on other machines and carries values between them. The only module that imports it.

Values are plain ones and bytes: nothing of ours is pickled.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

LOCAL: Final = "local"
"""The address of a cluster that is started on this machine and ends with the run."""
THREADS: Final = 2
"""CPU threads of a worker, unless told: more share a frame less well than two workers share a film."""
PIECE_BYTES: Final = 64 << 20
"""Bytes of each piece of a source that is sent; Ray keeps a piece once on every machine that needs it."""
_STORE_BYTES: Final = 256 << 20
"""Memory that a cluster on this machine has for parts on their way; more goes to its disk."""
_CPU_DEVICES: Final = ("cpu", "openvino", "coreml")


class ClusterError(Exception):
    """The cluster cannot be used; the text is complete and can be printed as it is."""


class LostError(ClusterError):
    """A worker is gone, or cannot start."""


@dataclass(frozen=True)
class Size:
    """How many workers there are to be, and what each of them gets."""

    workers: int
    threads: int
    gpus: int = 0


class Engine:
    """A connection to a cluster. References and workers are Ray's own objects, which callers only pass on."""

    def __init__(self, ray: Any, address: str) -> None:
        self._ray, self.address = ray, address

    def size(self, device: str, workers: int | None, threads: int | None) -> Size:
        """Workers for all cores or GPUs of the cluster, or as many as were asked for.

        Raises:
            ClusterError: the device needs GPUs, and the cluster has none.
        """
        resources = self._ray.cluster_resources()
        cpus, gpus = int(resources.get("CPU", 1)), int(resources.get("GPU", 0))
        if device not in (*_CPU_DEVICES, "auto") and not gpus:
            raise ClusterError(f"--device {device}: the cluster {self.address} has no GPU; use --device cpu")
        each = threads or (max(min(cpus // workers, 4), 1) if workers else THREADS)
        if gpus and device not in _CPU_DEVICES:
            return Size(workers or gpus, each, gpus=1)
        nodes = [int(node["Resources"].get("CPU", 0)) for node in self._ray.nodes() if node["Alive"]]
        return Size(workers or max(sum(cores // each for cores in nodes), 1), each)

    def start(self, kind: type, size: Size) -> Any:
        """A worker: an object of that class in a process of its own, which may have to wait for free cores."""
        remote = self._ray.remote(
            num_cpus=size.threads, num_gpus=size.gpus, max_concurrency=4, max_restarts=0, max_task_retries=0
        )
        return remote(_fetching(kind)).remote()

    def call(self, worker: Any, method: str, *values: Any) -> Any:
        """Asks the worker for the result of a method; returns a reference to it."""
        return getattr(worker, method).remote(*values)

    def ready(self, references: Sequence[Any], seconds: float) -> list[Any]:
        """Those whose result is there, after waiting at most that long for the first."""
        found, _ = self._ray.wait(list(references), num_returns=1, timeout=seconds)
        more, _ = self._ray.wait(list(references), num_returns=len(references), timeout=0)
        return list(dict.fromkeys([*found, *more]))

    def result(self, reference: Any) -> Any:
        """What the method has returned.

        Raises:
            LostError: the worker ended before that, or failed in a way that it has no words for.
        """
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            raise LostError(_told(error)) from error

    def put(self, data: bytes) -> Any:
        """Keeps the bytes for all workers; returns a reference."""
        return self._ray.put(data)

    def end(self, workers: Iterable[Any]) -> None:
        """Lets the workers remove their files, for a moment, then ends them."""
        alive = list(workers)
        with suppress(Exception):
            self._ray.wait([worker.close.remote() for worker in alive], num_returns=len(alive), timeout=2)
        for worker in alive:
            with suppress(Exception):
                self._ray.kill(worker)


def _fetching(kind: type) -> type:
    """The class with a method that takes references to pieces of a file. Made here, so Ray sends its code."""

    def take_references(self: Any, references: Sequence[Any], *values: Any) -> Any:
        import ray

        return self.take_source((ray.get(reference) for reference in references), *values)

    return type(kind.__name__, (kind,), {"take_references": take_references})


def told_address(text: str) -> str | None:
    """What is wrong with the value of --cluster; None: nothing."""
    return "--cluster takes local, auto, HOST:PORT or ray://HOST:PORT" if not text.strip() or text[0] == "-" else None


def _told(error: Exception) -> str:
    """The last line of Ray's long texts that says something."""
    cause = getattr(error, "cause", None)
    lines = [line.strip() for line in str(cause or error).splitlines() if line.strip()]
    if any("No module named 'nstcam" in line for line in lines):
        return "it has no nstcam, or another version of it; install the same nstcam[cluster] there"
    return lines[-1][:200] if cause is not None and lines else type(error).__name__


@contextmanager
def connected(address: str, cores: int) -> Iterator[Engine]:
    """Connects to a cluster, or starts one on this machine.

    Args:
        address: LOCAL, auto, HOST:PORT, or ray://HOST:PORT.
        cores: that a cluster on this machine has for its workers.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at that address.
    """
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        import ray
    except ImportError as error:
        raise ClusterError("--cluster needs Ray, which is not installed: pip install 'nstcam[cluster]'") from error
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": True}
    if address == LOCAL:
        options |= {"num_cpus": cores, "include_dashboard": False, "object_store_memory": _STORE_BYTES}
    try:
        ray.init(address, **options)
    except Exception as error:  # Ray has a dozen kinds, some of them built-in
        line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        cure = "start it with: ray start --head" if address != LOCAL else "see `ray status`"
        raise ClusterError(f"--cluster {address}: no Ray cluster answers ({line[:200]}); {cure}") from error
    try:
        yield Engine(ray, address)
    finally:
        ray.shutdown()
