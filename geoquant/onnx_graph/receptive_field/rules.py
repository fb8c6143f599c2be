"""Which rule traces which ONNX operator."""

from __future__ import annotations

from collections.abc import Callable

from geoquant.onnx_graph.receptive_field import axis_rules as axis
from geoquant.onnx_graph.receptive_field import matrix_rules as matrix
from geoquant.onnx_graph.receptive_field import point_rules as point
from geoquant.onnx_graph.receptive_field import window_rules as window
from geoquant.onnx_graph.receptive_field.image import Traced, TracedLayer

Rule = Callable[[TracedLayer], list[Traced]]

_GROUPS: tuple[tuple[Rule, str], ...] = (
    (
        point.pointwise,
        "Abs Acos Asin Atan BatchNormalization BitwiseNot Cast CastLike Ceil Celu Clip Cos DequantizeLinear Dropout "
        "Elu Erf Exp FastGelu Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LRN LeakyRelu Log Mish Neg Not "
        "QuantizeLinear QuickGelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Softplus Softsign Sqrt Swish Tan "
        "Tanh ThresholdedRelu",
    ),
    (
        point.elementwise,
        "Add And BiasGelu Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or PRelu Pow Sub Sum "
        "Where Xor",
    ),
    (point.softmax, "Softmax LogSoftmax Hardmax"),
    (point.layer_normalization, "LayerNormalization LpNormalization RMSNormalization"),
    (
        point.reduction,
        "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
        "ReduceSumSquare",
    ),
    (point.arg_extreme, "ArgMax ArgMin"),
    (point.concatenation, "Concat"),
    (axis.transposition, "Transpose"),
    (point.splitting, "Split"),
    (point.gathering, "Gather"),
    (axis.squeezing, "Squeeze"),
    (axis.unsqueezing, "Unsqueeze"),
    (axis.reshaping, "Reshape Flatten"),
    (axis.expansion, "Expand"),
    (axis.tiling, "Tile"),
    (matrix.matrix_product, "MatMul"),
    (matrix.general_product, "Gemm"),
    (matrix.einsum, "Einsum"),
    (window.convolution, "Conv ConvInteger FusedConv QLinearConv"),
    (window.transposed_convolution, "ConvTranspose"),
    (window.pooling, "MaxPool AveragePool LpPool"),
    (window.whole_image, "GlobalAveragePool GlobalLpPool GlobalMaxPool"),
    (
        window.image_statistics,
        "InstanceNormalization GroupNormalization MeanVarianceNormalization",
    ),
    (window.depth_to_space, "DepthToSpace"),
    (window.space_to_depth, "SpaceToDepth"),
    (window.pad, "Pad"),
    (window.cut, "Slice"),
    (window.resize, "Resize Upsample"),
)
RULES: dict[str, Rule] = {name: rule for rule, names in _GROUPS for name in names.split()}


def rule_of(op_type: str) -> Rule:
    """The rule of an operator; one that is not known raises ``Unbounded`` when it is applied."""
    return RULES.get(op_type, point.unsupported)
