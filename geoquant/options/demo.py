"""Options of the demo."""

from __future__ import annotations

from dataclasses import dataclass

from geoquant.errors import OptionError
from geoquant.options.fields import check, option


@dataclass(frozen=True)
class DemoOptions:
    """What the demo makes."""

    size: int = option(1536, "Side of the made-up scene in pixels of 10 m.", minimum=1024, metavar="PX")
    seed: int = option(3, "Another seed makes another landscape.", minimum=0)
    mosaic: bool = option(
        False, "Also make four overlapping scenes of other days, in two UTM zones, and classify them as one map."
    )
    overwrite: bool = option(False, "Replace the results of an earlier demo in the folder.")

    def __post_init__(self) -> None:
        check(self)
        if self.size % 2:
            raise OptionError(f"--size is {self.size}; it must be even, because the scene classification has 20 m.")
