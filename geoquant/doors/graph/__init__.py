"""ONNX graphs: loaded with nothing taken on trust, and read for what tiling and normalization need to know."""

from geoquant.doors.graph.facts import GraphFacts, graph_facts
from geoquant.doors.graph.model_file import load_model, model_sha256
from geoquant.doors.graph.tracing import Obstacle

__all__ = ["GraphFacts", "Obstacle", "graph_facts", "load_model", "model_sha256"]
