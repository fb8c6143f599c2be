"""Materials, their spectra and the cover that each counts as."""

from __future__ import annotations

from geoquant.demo.landscape.spectra import (
    CLOUD,
    COVER_OF,
    COVERS,
    REFLECTANCE,
    SHADOW,
)


def test_every_material_has_a_cover_and_a_plausible_spectrum() -> None:
    assert len(COVER_OF) == len(REFLECTANCE)
    assert ((REFLECTANCE > 0) & (REFLECTANCE < 1)).all()
    assert set(COVER_OF) == {cover.value for cover in COVERS} - {CLOUD, SHADOW}
