"""Inference engines: a network and its card in, class maps out.

Each runtime is imported when an engine of its kind is loaded. ``load_engine`` loads one, ``choose_engine`` measures
which one to load.
"""

from geoquant.doors.engine.choice import EngineChoice, Measurement, choose_engine
from geoquant.doors.engine.footprint import Footprint
from geoquant.doors.engine.loading import load_engine
from geoquant.doors.engine.protocol import KINDS, Engine, Kind

__all__ = ["KINDS", "Engine", "EngineChoice", "Footprint", "Kind", "Measurement", "choose_engine", "load_engine"]
