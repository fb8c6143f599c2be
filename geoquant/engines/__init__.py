"""Inference engines: a network and its card in, class maps out.

Each runtime is imported when an engine of its kind is loaded. ``load_engine`` loads one, ``choose_engine`` measures
which one to load.
"""

from geoquant.engines.footprint import Footprint
from geoquant.engines.protocol import Engine, Kind
from geoquant.engines.registry import all_kinds, load_engine
from geoquant.engines.selection import EngineChoice, Measurement, choose_engine

__all__ = ["Engine", "EngineChoice", "Footprint", "Kind", "Measurement", "all_kinds", "choose_engine", "load_engine"]
