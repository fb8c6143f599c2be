"""Export: a clean graph, the same numbers, the card inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.builders.optional_parts import needed

torch = needed("torch")

from geoquant.errors import CardError, ModelError  # noqa: E402
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization  # noqa: E402
from geoquant.training.architectures.resnet_unet import resnet_unet  # noqa: E402
from geoquant.training.architectures.unet import unet  # noqa: E402
from geoquant.training.export import export_onnx  # noqa: E402


def card(bands: int, classes: int) -> ModelCard:
    return ModelCard(
        "test",
        tuple(Band(f"b{index}") for index in range(bands)),
        Normalization((0.0,) * bands, (1.0,) * bands),
        tuple(ClassLabel(index, f"c{index}", "#000000") for index in range(classes)),
    )


def trained_like(model: torch.nn.Module) -> torch.nn.Module:
    """Batch norms with statistics, as after training: folding them must show."""
    torch.manual_seed(0)
    model.train()
    for _ in range(3):
        model(torch.rand(2, model.bands, 64, 64) * 3)
    return model.eval()


@pytest.mark.parametrize("build", [lambda: unet(3, 5, (8, 16, 16)), lambda: resnet_unet(3, 5, 2)])
def test_file_runs_like_torch_at_any_size_and_batch(build: object, tmp_path: Path) -> None:
    import onnxruntime

    model = trained_like(build())  # type: ignore[operator]
    export_onnx(model, card(3, 5), tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    for shape in [(1, 3, 64, 64), (3, 3, 96, 32)]:
        image = torch.rand(shape)
        with torch.inference_mode():
            np.testing.assert_allclose(session.run(None, {"image": image.numpy()})[0], model(image), atol=1e-4)


def test_openvino_reads_it_and_agrees(tmp_path: Path) -> None:
    import openvino

    model = trained_like(unet(3, 5, (8, 16, 16)))
    export_onnx(model, card(3, 5), tmp_path / "net.onnx")
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(tmp_path / "net.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    image = torch.rand(2, 3, 32, 64)
    with torch.inference_mode():
        np.testing.assert_allclose(compiled(image.numpy())[0], model(image), atol=1e-4)


def test_graph_is_what_a_quantizer_wants(tmp_path: Path) -> None:
    export_onnx(trained_like(unet(3, 5, (8, 16, 16))), card(3, 5), tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    weights = {initializer.name for initializer in model.graph.initializer}
    operators = {node.op_type for node in model.graph.node}
    assert operators == {
        "Conv",
        "Relu",
        "MaxPool",
        "Resize",
        "Concat",
    }  # batch norm folded, no constants, no shape maths
    assert all(node.input[2] in weights for node in model.graph.node if node.op_type == "Resize")
    assert model.opset_import[0].version == 17
    assert model.ir_version <= 9
    assert max(len(node.name) for node in model.graph.node) < 16
    assert [d.dim_param for d in model.graph.input[0].type.tensor_type.shape.dim] == ["batch", "", "height", "width"]


def test_card_is_inside_with_halo_and_stride(tmp_path: Path) -> None:
    from geoquant.model_card.reading import read_card

    written = export_onnx(unet(3, 5, (8, 16, 16)), card(3, 5), tmp_path / "net.onnx")
    assert read_card(tmp_path / "net.onnx") == written
    assert written.tiling.stride_px == 4
    assert written.tiling.halo_px == 24


@pytest.mark.parametrize(("bands", "classes", "found"), [(4, 5, "4 bands"), (3, 6, "6 classes")])
def test_card_of_another_network_is_refused(bands: int, classes: int, found: str, tmp_path: Path) -> None:
    with pytest.raises(CardError, match=found):
        export_onnx(unet(3, 5, (8,)), card(bands, classes), tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()


class DependsOnValues(torch.nn.Module):
    """Tracing keeps the branch that the probe took."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.shape[-1] <= 16 else x * 3


@pytest.mark.filterwarnings("ignore")
def test_graph_that_computes_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="differs"):
        export_onnx(DependsOnValues(), card(2, 2), tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()
