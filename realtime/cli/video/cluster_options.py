"""What the command line says about a cluster, checked."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from nstcam.media.cluster import told_address


def check_cluster(cluster: str | None, workers: int | None, can: str, others: Mapping[str, object]) -> None:
    """Raises typer.BadParameter for what --cluster cannot do.

    Args:
        cluster, workers: the values of --cluster and --workers.
        can: what it does instead.
        others: values of the options that do not go with it; None: not given.
    """
    if cluster is None:
        if workers is not None:
            raise typer.BadParameter("--workers is for --cluster; add --cluster local or the address of a Ray cluster")
        return
    wrong = told_address(cluster)
    if wrong is not None:
        raise typer.BadParameter(wrong)
    for name, value in others.items():
        if value is not None:
            raise typer.BadParameter(f"--cluster {can}; leave out {name}")
