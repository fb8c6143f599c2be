"""The doctor on torch modules: mode, observers, backend, and quantization that changed nothing."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.builders.optional_parts import needed

torch = needed("torch")

from click.testing import CliRunner  # noqa: E402

from geoquant.cli.main import command  # noqa: E402
from geoquant.diagnostics.finding import Diagnosis, Finding  # noqa: E402
from geoquant.errors import ModelError  # noqa: E402
from geoquant.training.doctor import examine, examine_file  # noqa: E402


class Net(torch.nn.Module):
    """A convolution with batch norm and dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(4)
        self.drop = torch.nn.Dropout2d()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.drop(torch.relu(self.norm(self.conv(x))))


def found(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {one.check: one for one in diagnosis.findings if one.status != "ok"}


def prepared() -> torch.nn.Module:
    """A module with observers, in eager mode."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.nn.Sequential(torch.ao.quantization.QuantStub(), torch.nn.Conv2d(3, 4, 1)).eval()
        module.qconfig = torch.ao.quantization.get_default_qconfig("x86")
        return torch.ao.quantization.prepare(module)


def test_a_module_in_training_mode() -> None:
    assert "model.eval()" in found(examine(Net()))["evaluation mode"].remedy
    assert found(examine(Net().eval())) == {}


def test_one_layer_in_training_mode() -> None:
    module = Net().eval()
    module.norm.train()
    assert "BatchNorm2d norm" in found(examine(module))["evaluation mode"].found


def test_observers_that_saw_nothing() -> None:
    module = prepared()
    assert found(examine(module))["observers"].status == "problem"
    module(torch.zeros(1, 3, 8, 8))
    assert "saw nothing" in found(examine(module))["observers"].found, "only zeros: min = max = 0"
    module(torch.randn(1, 3, 8, 8))
    assert "observers" not in found(examine(module))


def test_dynamic_quantization_leaves_convolutions_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = torch.ao.quantization.quantize_dynamic(Net().eval(), {torch.nn.Conv2d}, dtype=torch.qint8)
        linear = torch.ao.quantization.quantize_dynamic(
            torch.nn.Sequential(torch.nn.Linear(4, 4)).eval(), {torch.nn.Linear}, dtype=torch.qint8
        )
    assert "no layer was changed" in found(examine(same, meant_to_be_quantized=True))["quantization"].found
    assert found(examine(linear, meant_to_be_quantized=True)) == {}


def test_a_backend_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.ao.quantization.quantize_dynamic(
            torch.nn.Sequential(torch.nn.Linear(4, 4)).eval(), {torch.nn.Linear}, dtype=torch.qint8
        )

    class Backend:
        engine, supported_engines = "qnnpack", ["none", "onednn", "x86", "fbgemm"]

    monkeypatch.setattr(torch.backends, "quantized", Backend)
    assert found(examine(module))["backend"].status == "problem"
    Backend.supported_engines = ["qnnpack", "fbgemm"]
    assert "20 times" in found(examine(module))["backend"].found


def test_a_torchscript_file(tmp_path: Path) -> None:
    for module, healthy in ((Net(), False), (Net().eval(), True)):
        torch.jit.script(module).save(str(tmp_path / "net.pt"))
        assert examine_file(tmp_path / "net.pt").healthy is healthy
        result = CliRunner().invoke(command, ["doctor", str(tmp_path / "net.pt")])
        assert result.exit_code == (0 if healthy else 1)


def test_a_pickled_module_is_not_opened(tmp_path: Path) -> None:
    torch.save(Net(), tmp_path / "net.pt")
    with pytest.raises(ModelError, match=r"pickled module is not opened"):
        examine_file(tmp_path / "net.pt")
    with pytest.raises(ModelError, match="There is no model"):
        examine_file(tmp_path / "absent.pt")
