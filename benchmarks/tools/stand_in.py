"""What a stand-in for a Stylizer has beside `stylize`, where the style itself is not what is measured."""

from __future__ import annotations


class StandIn:
    device = "none"
    at_once = 1
    slower = None

    def warm_up(self, height: int, width: int) -> None:
        pass

    def close(self) -> None:
        pass
