"""ONNX graphs: loaded with nothing taken on trust, and read for what tiling and normalization need to know."""

from geoquant.onnx_graph.facts import GraphFacts, graph_facts
from geoquant.onnx_graph.loading import load_model, model_sha256
from geoquant.onnx_graph.receptive_field.tracing import Obstacle

__all__ = ["GraphFacts", "Obstacle", "graph_facts", "load_model", "model_sha256"]
