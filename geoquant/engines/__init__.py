"""Inference engines: a network and its card in, class maps out.

Each runtime is imported when an engine of its kind is loaded. ``load_engine`` loads one, ``choose_engine`` measures
which one to load.
"""

from geoquant.engines.footprint import Footprint
from geoquant.engines.protocol import KINDS, Engine, Kind
from geoquant.engines.registry import load_engine
from geoquant.engines.selection import EngineChoice, Measurement, choose_engine

__all__ = ["KINDS", "Engine", "EngineChoice", "Footprint", "Kind", "Measurement", "choose_engine", "load_engine"]
