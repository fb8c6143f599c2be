"""Folds: every tile in one, every condition in all that it has tiles for, and when they are asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from geoquant.grid import Window
from geoquant.sampling.candidates import CandidateTile
from geoquant.sampling.folds import FOLDS, dealt, fold_of, short_of_judges
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.strata.conditions import STRATUM_COUNT, Stratum


def tile(column: int, stratum: Stratum = Stratum.WATER, share: float = 1.0) -> ChosenTile:
    """A tile of 40 x 40 px, of which ``share`` is ``stratum`` and the rest bare land."""
    shares, nothing = np.zeros(STRATUM_COUNT), np.zeros(1)
    shares[Stratum.LAND_DULL_BARE] = 1 - share
    shares[stratum] = share
    return ChosenTile(CandidateTile(0, Window(0, 40 * column, 40, 40), nothing, shares, nothing, nothing), stratum, "")


def test_every_tile_is_judged_once_and_calibrates_otherwise():
    tiles = dealt([tile(i, Stratum.SNOW if i % 5 == 0 else Stratum.WATER) for i in range(40)])
    judged = []
    for fold in range(FOLDS):
        part = fold_of(tiles, fold)
        judged += part.held_out
        assert not {id(one) for one in part.held_out} & {id(one) for one in part.calibration}
        assert {one.stratum for one in part.held_out} == {Stratum.SNOW, Stratum.WATER}
        assert 8 <= len(part.held_out) <= 12
        columns = sorted(one.candidate.window.col for one in part.held_out if one.stratum == Stratum.WATER)
        assert max(after - before for before, after in pairwise(columns)) <= 80  # neighbours, snow between them
    assert sorted(map(id, judged)) == sorted(map(id, tiles.held_out))


def test_single_tiles_of_many_conditions_do_not_all_go_to_one_fold():
    alone = [tile(i, stratum) for i, stratum in enumerate((Stratum.SNOW, Stratum.WATER, Stratum.SHADOW))]
    assert len(set(dealt([*alone, tile(9)]).folds)) >= 3


def test_the_order_of_tiles_makes_no_difference():
    tiles = [tile(i) for i in range(12)]
    assert dealt(tiles) == dealt(tiles[::-1])


def test_held_out_pixels_are_short_where_all_tiles_have_enough():
    land = tuple(tile(i, Stratum.LAND_DULL_BARE) for i in range(6))
    water = [tile(10 + i, share=0.3) for i in range(4)]  # 480 px each
    assert short_of_judges(TileChoice((*land, *water[:2]), (*land, *water[2:])))
    assert not short_of_judges(TileChoice((*land, water[0]), (*land, *water[1:])))
    assert not short_of_judges(TileChoice((*land, water[0]), (*land, water[1])))
