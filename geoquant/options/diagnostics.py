"""Options of the doctor."""

from __future__ import annotations

from dataclasses import dataclass

from geoquant.options.fields import check, option


@dataclass(frozen=True)
class DoctorOptions:
    """What the doctor checks beyond the file."""

    quick: bool = option(False, "Do not time an INT8 model against its float twin, which takes some seconds.")
    tile: int = option(256, "Side of the tile that engines are looked at and timed on, in pixels.", minimum=32)

    def __post_init__(self) -> None:
        check(self)
