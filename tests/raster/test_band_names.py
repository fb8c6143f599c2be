"""What file names and descriptions tell of a band."""

from __future__ import annotations

import pytest

from geoquant.raster import band_names as naming


@pytest.mark.parametrize(
    ("stem", "name", "common"),
    [
        ("T29UNU_20221005T115411_B8A_60m", "B8A", "nir08"),
        ("T29UNU_20221005T115411_B11_20m", "B11", "swir16"),
        ("S2A_MSIL2A_20170617T113321_36_85_B04", "B04", "red"),
        ("LC08_L2SP_005009_20150710_20200908_02_T2_SR_B5", "SR_B5", "nir08"),
        ("LT05_L2SP_005009_19900710_20200908_02_T1_SR_B4", "SR_B4", "nir08"),
        ("LE07_L1TP_005009_20000710_20200908_02_T1_B8", "B8", "pan"),
        ("landsat_b4", "B4", None),
    ],
)
def test_file_names_tell_their_band(stem: str, name: str, common: str | None) -> None:
    facts = naming.from_file_name(stem)
    assert facts is not None
    assert (facts.name, facts.common_name) == (name, common)


@pytest.mark.parametrize("stem", ["dem", "T29UNU_20221005T115411_SCL_20m", "ab04", "B4U"])
def test_other_file_names_tell_nothing(stem: str) -> None:
    assert naming.from_file_name(stem) is None


def test_descriptions_tell_names_and_wavelengths() -> None:
    facts = naming.from_description("B8A, central wavelength 865 nm")
    assert (facts.name, facts.centre_wavelength_um) == ("B8A", 0.865)
    assert naming.from_description("SWIR 1").common_name == "swir16"
