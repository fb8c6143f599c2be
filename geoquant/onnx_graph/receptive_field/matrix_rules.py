"""Receptive field rules of matrix products: layers over channels, and attention."""

from __future__ import annotations

from geoquant.onnx_graph.receptive_field.constants import Constant
from geoquant.onnx_graph.receptive_field.image import Edge, Image, Placeless, Traced, TracedLayer, Unbounded
from geoquant.onnx_graph.receptive_field.point_rules import check_same_places, check_same_sizes

_BY_MATRIX = "it mixes pixels by a matrix"
_WITH_ITSELF = "it multiplies the image with itself, as attention does"


def matrix_product(layer: TracedLayer) -> list[Traced]:
    """MatMul: with constant weights a 1 x 1 convolution, with another image attention.

    Attention inside blocks, whose rows and columns lie along the axes before the last two, reads its block only.
    """
    if len(layer.images) == 2:
        return _of_two_images(layer)
    index, image = layer.images[0]
    matrix = layer.inputs[1 - index]
    summed = (-1, -2)[index]
    if len(image.dims) < 2 or image.holds_place(summed):
        raise Unbounded(_BY_MATRIX, certain=False, placeless=not _places_outside(image, summed))
    if isinstance(matrix, Placeless):  # attention over channels: the matrix is square
        return layer.keep()
    if not isinstance(matrix, Constant) or matrix.shape is None or len(matrix.shape) < 2:
        raise Unbounded(_BY_MATRIX, certain=False)
    product = image.resized(summed, matrix.shape[(-1, -2)[index]])
    _check_batches(product, matrix.shape[:-2])
    return layer.keep(product)


def general_product(layer: TracedLayer) -> list[Traced]:
    """Gemm: rows of pixels with constant weights."""
    index, image = layer.images[0]
    weights = layer.constant(1)
    turned = layer.attributes.get("transA", 0), layer.attributes.get("transB", 0)
    if index != 0 or turned[0] or image.holds_place(-1) or weights is None or weights.shape is None:
        raise Unbounded(_BY_MATRIX, certain=False)
    return layer.keep(image.resized(-1, weights.shape[0 if turned[1] else 1]))


def _places_outside(image: Image, axis: int) -> bool:
    """Whether rows or columns lie along any other axis."""
    return any(image.holds_place(other) for other in range(len(image.dims)) if other != axis % len(image.dims))


def _check_batches(product: Image, batches: tuple[int, ...]) -> None:
    """Matrices that differ along an axis with places tie the result to the tile's place."""
    for offset, size in enumerate(reversed(batches), start=3):
        if size > 1 and offset <= len(product.dims) and product.holds_place(-offset):
            raise Unbounded("it multiplies by matrices that differ from pixel to pixel", product)


def _of_two_images(layer: TracedLayer) -> list[Traced]:
    """Both operands hold the image's rows and columns; the result has those of one that does not sum over them."""
    (first, left), (second, right) = layer.images
    summed = left.holds_place(-1), right.holds_place(-2)
    if summed == (True, True):
        raise _over_all_pixels(left, right)
    kept = right.resized(-2, left.dims[-2]) if summed[0] else left.resized(-1, right.dims[-1])
    if any(summed) or left.holds_place(-2) or right.holds_place(-1):
        raise Unbounded(_WITH_ITSELF, kept)
    check_same_places(left, right, "multiplies")
    joined = Image(kept.roles, kept.dims, left.y.joined(right.y), left.x.joined(right.x))
    return [Traced(joined, (Edge(first), Edge(second)))]


def _over_all_pixels(left: Image, right: Image) -> Unbounded:
    """Both sum over pixels; where one is a square of pixels by pixels, its other side is the image that is left."""
    squares = [image.dims[-1] == image.dims[-2] for image in (left, right)]
    if squares[1]:
        return Unbounded(_WITH_ITSELF, _other_side(right).resized(-2, left.dims[-2]))
    if squares[0]:
        return Unbounded(_WITH_ITSELF, _other_side(left).resized(-1, right.dims[-1]))
    outside = _places_outside(left, -1) or _places_outside(right, -2)
    return Unbounded(_WITH_ITSELF, placeless=not outside)


def _other_side(image: Image) -> Image:
    """The image with the roles of its last two axes exchanged."""
    return Image((*image.roles[:-2], image.roles[-1], image.roles[-2]), image.dims, image.y, image.x)


def einsum(layer: TracedLayer) -> list[Traced]:
    """Einsum: what sums over channels is a layer or attention inside blocks; what sums over pixels sees all of them."""
    terms, output = _equation(layer)
    images = [(index, image, _places_by_letter(terms[index], image)) for index, image in layer.images]
    kept = [each for each in images if set(each[2].values()) <= set(output)]
    if not kept:
        seen = {letter for _, _, places in images for letter in places.values()}
        raise Unbounded("it sums over pixels", placeless=not seen & set(output))
    _, base, places = kept[0]
    result = _result(layer, terms, output, base)
    if len(kept) < len(images) or any(other != places for _, _, other in kept):
        raise Unbounded(_WITH_ITSELF, result)
    _check_letters(layer, terms, set(places.values()), result)
    rows, columns = result.y, result.x
    for _, image, _ in images:
        check_same_sizes(base, image, "multiplies")
        rows, columns = rows.joined(image.y), columns.joined(image.x)
    return [Traced(Image(result.roles, result.dims, rows, columns), tuple(Edge(index) for index, _, _ in images))]


def _equation(layer: TracedLayer) -> tuple[list[str], str]:
    """The letters of each input, and of the result."""
    text = str(layer.attributes["equation"]).replace(" ", "")
    left, arrow, output = text.partition("->")
    terms = left.split(",")
    if not arrow or "." in text or len(terms) != len(layer.inputs):
        raise Unbounded(f"the equation {text!r} is not known", certain=False)
    return terms, output


def _places_by_letter(term: str, image: Image) -> dict[str, str]:
    """On which letter rows and columns lie."""
    return {place: term[axis] for place, axis in image.places}


def _result(layer: TracedLayer, terms: list[str], output: str, base: Image) -> Image:
    """The image that ``base`` leaves."""
    sizes: dict[str, int] = {}
    at = next(index for index, image in layer.images if image is base)
    for term, item in zip(terms, layer.inputs, strict=True):
        shape = item.dims if isinstance(item, Image) else item.shape if isinstance(item, Constant) else None
        if isinstance(item, Placeless):  # attention over channels: the matrix is square
            shape = (base.dims[terms[at].index(term[-1])],) * len(term) if term[-1] in terms[at] else None
        if shape is None or len(shape) != len(term):
            raise Unbounded("it multiplies what is not known", certain=False)
        sizes.update(zip(term, shape, strict=True))
    sizes.update(zip(terms[at], base.dims, strict=True))
    roles = dict(zip(terms[at], base.roles, strict=True))
    return Image(tuple(roles.get(letter, "c") for letter in output), tuple(sizes[x] for x in output), base.y, base.x)


def _check_letters(layer: TracedLayer, terms: list[str], places: set[str], result: Image) -> None:
    """Constants that differ along rows or columns tie the result to the tile's place."""
    for term, item in zip(terms, layer.inputs, strict=True):
        if isinstance(item, Constant) and places & set(term):
            raise Unbounded("it multiplies by numbers that differ from pixel to pixel", result)
