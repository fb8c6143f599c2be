"""The page of the demo's report: its sections and their order."""

from __future__ import annotations

import os
import platform

import numpy as np

from geoquant._version import __version__
from geoquant.demo.findings import Findings, accuracy
from geoquant.demo.mosaic_report import mosaic_section
from geoquant.demo.pictures import DIFFER, DIFFERENCE_COLORS, Pictures, stratum_color
from geoquant.metrics.confusion import iou_of
from geoquant.metrics.evidence import MIN_STRATUM_PX
from geoquant.reporting import html as report
from geoquant.reporting.html import Column, GalleryPicture, KeyFigure, PictureBox, Row
from geoquant.reporting.number_format import count, points, share, signed, size
from geoquant.strata.conditions import Stratum

TITLE = "A land-cover model in INT8, proved where imagery is hard"
LEAD = (
    "geoquant made this scene, turned its packaged float model into an INT8 model, streamed the scene through both, "
    "and compared every pixel: with each other and with the truth."
)


def demo_page(findings: Findings, pictures: Pictures, seconds: float) -> str:
    """The whole report.

    Args:
        findings: the figures.
        pictures: encoded.
        seconds: wall time so far, for the footer.
    """
    parts = [
        report.key_figures(_key_figures(findings)),
        _scene(findings, pictures),
        _classes(findings, pictures),
        _close_ups(pictures),
        _conditions(findings),
        _each_class(findings),
        _speed(findings),
        _calibration(findings, pictures),
        *([mosaic_section(findings.mosaic, findings.model.card.classes)] if findings.mosaic else []),
        _files(findings),
    ]
    footer = (
        f"geoquant {__version__}, seed {findings.seed}, Python {platform.python_version()} on "
        f"{os.cpu_count()} cores, {platform.machine()}; the demo took {seconds:.0f} s."
    )
    return report.page(TITLE, LEAD, parts, footer)


def _key_figures(findings: Findings) -> list[KeyFigure]:
    quantized, (worst, scores) = findings.quantized, findings.worst()
    ratio = quantized.int8_bytes / quantized.float_bytes
    whole = findings.comparison.scores()
    return [
        KeyFigure(
            "Model file", f"{share(ratio, 0)}", f"{size(quantized.int8_bytes)} for {size(quantized.float_bytes)}"
        ),
        KeyFigure(
            "Speed of the engine",
            f"{findings.engine_ratio():.1f} ×",
            f"INT8 in {findings.by_int8.engine} against float in onnxruntime",
        ),
        KeyFigure("Same class as float", share(whole.agreement), "of all pixels outside the calibration tiles"),
        KeyFigure("Worst condition", share(scores.agreement), worst.label),
        KeyFigure(
            "mIoU against the truth",
            signed(-whole.miou_lost),
            f"points; {signed(-findings.most_miou_lost())} in the worst condition",
        ),
    ]


def _scene(findings: Findings, pictures: Pictures) -> str:
    text = (
        "Made up from a seed, with what makes real scenes hard: soft cloud edges, cirrus, shadows away from their "
        "clouds, snow beside cloud, shaded slopes, and a wedge without data. Stored like a Sentinel-2 L2A product: six "
        "bands of 16 bits with scale 0.0001 and offset -0.1."
    )
    extent = f"{pictures.size[0] * pictures.factor} × {pictures.size[1] * pictures.factor} pixels of 10 m."
    return report.section(
        "The scene",
        report.paragraph(text),
        report.gallery(
            report.figure(GalleryPicture(pictures.true_colour, "True colour.", extent)),
            report.figure(
                GalleryPicture(pictures.false_colour, "False colour.", "Near infrared, red, green: vegetation is red.")
            ),
        ),
    )


def _classes(findings: Findings, pictures: Pictures) -> str:
    whole = findings.comparison.scores()
    differ = round(whole.pixels * (1 - whole.agreement))
    right = [accuracy(counts.sum(axis=0)) for counts in _against_truth(findings)]
    maps = [
        GalleryPicture(pictures.classes_float, "Float.", f"{share(right[0])} of pixels are right.", "light"),
        GalleryPicture(pictures.classes_int8, "INT8.", f"{share(right[1])} of pixels are right.", "light"),
        GalleryPicture(pictures.truth, "Truth.", "Known, because the scene is made up.", "light"),
        GalleryPicture(
            pictures.difference,
            "Where they differ.",
            f"{count(differ)} of {count(whole.pixels)} pixels; a dot is drawn for every one, so it looks worse "
            "than it is.",
            "light",
        ),
    ]
    labels = [(label.name, label.color) for label in findings.model.card.classes]
    return report.section(
        "Land cover by both models",
        report.legend([*labels, ("INT8 differs from float", DIFFERENCE_COLORS[DIFFER])]),
        report.gallery(*(report.figure(plate) for plate in maps)),
    )


def _close_ups(pictures: Pictures) -> str:
    rows = []
    for close_up in pictures.close_ups:
        names = (f"{close_up.title.capitalize()}.", "Truth.", "Float.", "INT8.")
        plates = [GalleryPicture(png, name, "", "crisp") for png, name in zip(close_up.pictures, names, strict=True)]
        rows.append(report.figure_row(*(report.figure(plate) for plate in plates)))
    text = "Places that calibration did not see, at full resolution: 128 × 128 pixels of 10 m."
    return report.section("A closer look", report.paragraph(text), *rows)


def _against_truth(findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    """Counts (stratum, label, class) of both models."""
    return findings.comparison.reference_labels, findings.comparison.candidate_labels


def _conditions(findings: Findings) -> str:
    columns = [
        Column("Condition", number=False),
        Column("Pixels"),
        Column("Same class"),
        Column("Right, float"),
        Column("Right, INT8"),
        Column("mIoU, float"),
        Column("mIoU, INT8"),
        Column("Change, points"),
    ]
    rows = [_condition(findings, stratum) for stratum in Stratum if findings.comparison.scores(stratum).pixels]
    text = (
        "Every pixel of the scene outside the calibration tiles, by imaging condition (from the 20 m scene "
        "classification and the spectra). “Same class” compares INT8 with float; the other columns compare each "
        f"with the truth. Conditions with fewer than {count(MIN_STRATUM_PX)} pixels are pale and not judged."
    )
    return report.section(
        "By imaging condition",
        report.paragraph(text),
        report.table(columns, [_condition(findings, None), *rows]),
    )


def _condition(findings: Findings, stratum: Stratum | None) -> Row:
    scores = findings.comparison.scores(stratum)
    right = [
        accuracy(counts.sum(axis=0) if stratum is None else counts[stratum]) for counts in _against_truth(findings)
    ]
    cells = (
        "all" if stratum is None else stratum.label,
        count(scores.pixels),
        share(scores.agreement),
        share(right[0]),
        share(right[1]),
        points(scores.float_miou),
        points(scores.int8_miou),
        signed(-scores.miou_lost),
    )
    tone = "strong" if stratum is None else "faint" if scores.pixels < MIN_STRATUM_PX else ""
    return Row(cells, tone)


def _each_class(findings: Findings) -> str:
    by_float, by_int8 = (iou_of(counts.sum(axis=0)) for counts in _against_truth(findings))
    agreement = findings.comparison.class_agreement()
    areas = findings.by_int8.area_m2_by_class
    rows = [
        Row(
            (
                label.name,
                f"{areas[label.name] / 1e6:.2f}" if label.name in areas else "–",
                share(float(agreement[position])),
                points(float(by_float[position])),
                points(float(by_int8[position])),
            )
        )
        for position, label in enumerate(findings.model.card.classes)
    ]
    names = ("Area by INT8, km²", "Same class", "IoU, float", "IoU, INT8")
    columns = [Column("Class", number=False), *map(Column, names)]
    return report.section("By class", report.table(columns, rows))


def _speed(findings: Findings) -> str:
    runs = [
        Row((name, run.engine, f"{run.pixels / run.seconds / 1e6:.2f}", f"{run.seconds:.1f}"))
        for name, run in (("float", findings.by_float), ("INT8", findings.by_int8))
    ]
    engines = [Row((speed.label, speed.kind, f"{speed.mpx_per_s:.2f}")) for speed in findings.quantized.speed]
    text = (
        "From the compressed scene on disk to the finished Cloud Optimized GeoTIFF, reading and writing included, INT8 "
        f"was {findings.speed_ratio():.1f} times as fast as float. A scene this small, or a busy machine, makes such a "
        "figure rough: `benchmarks/` has the careful ones."
    )
    notes = [report.paragraph(_why(findings))]
    if findings.by_int8.drift_diagnosis:
        notes.append(report.paragraph(f"Drift guard: {findings.by_int8.drift_diagnosis}"))
    words, numbers = [Column("Model", number=False), Column("Engine", number=False)], Column("Mpx/s")
    return report.section(
        "Speed",
        report.paragraph(text),
        report.table([*words, numbers, Column("Seconds")], runs),
        *notes,
        report.folded("Engines alone, on one tile in memory", report.table([*words, numbers], engines)),
    )


def _why(findings: Findings) -> str:
    rates = {one.kind: one.mpx_per_s for one in findings.quantized.speed if one.label == "INT8"}
    speeds = ", ".join(f"{rate:.2f} Mpx/s in {kind}" for kind, rate in sorted(rates.items(), key=lambda item: -item[1]))
    return (
        f"INT8 ran in {findings.by_int8.engine}, the faster of its engines here, timed in turns on one tile: {speeds}. "
        "`geoquant classify` by itself (`--engine auto`) measures bfloat16 too."
    )


def _calibration(findings: Findings, pictures: Pictures) -> str:
    boxes = [
        PictureBox(window, color, str(number), f"{number}: {tile['stratum']}. {tile['reason']}")
        for number, (window, color, tile) in enumerate(pictures.tiles, 1)
    ]
    used = dict.fromkeys(tile["stratum"] for _, _, tile in pictures.tiles)
    rows = [
        Row((str(number), tile["stratum"], tile["reason"], f"{tile['row']}, {tile['col']}"))
        for number, (_, _, tile) in enumerate(pictures.tiles, 1)
    ]
    columns = [Column("No."), Column("Chosen for", False), Column("Reason", False), Column("Row, column")]
    quantized = findings.quantized
    folded_in = "Band ranges were folded into the first convolution. " if quantized.folded else ""
    text = (
        f"{quantized.calibration_tiles} tiles of {quantized.tile_px} pixels set the ranges of INT8, chosen per imaging "
        f"condition from a decimated view; {quantized.held_out_tiles} others judged the result before the model was "
        f"written: {share(quantized.worst_agreement)} in {quantized.worst_stratum}, the worst. {folded_in}"
        "`tiles.geojson` has the outlines for a GIS."
    )
    plate = GalleryPicture(
        pictures.true_colour, "Calibration tiles.", "Hover over one, or open the list, for its reason."
    )
    return report.section(
        "What it was calibrated on",
        report.paragraph(text),
        *(report.paragraph(f"Note: {note}.") for note in quantized.notes),
        report.legend([(label, stratum_color(label)) for label in used]),
        report.figure_with_boxes(plate, pictures.size, boxes),
        report.folded("All tiles with their reasons", report.table(columns, rows)),
    )


def _files(findings: Findings) -> str:
    outputs, files = findings.outputs, findings.files
    described = (
        (files.scene, "the scene, six bands"),
        (files.scl, "its scene classification at 20 m, coded as Sentinel-2's SCL"),
        (files.labels, "the truth"),
        (outputs.model, "the INT8 model with its card"),
        (outputs.classes_float, "land cover by the float model, Cloud Optimized GeoTIFF"),
        (outputs.classes_int8, "land cover by the INT8 model, Cloud Optimized GeoTIFF"),
        (outputs.tiles, "outlines of the calibration tiles"),
        (outputs.tile_picture, "the same as a picture"),
        (outputs.quicklook, "the scene in true colour"),
        (outputs.overview, "true colour, false colour and INT8 classes side by side"),
    )
    columns = [Column("File", number=False), Column("What it is", number=False), Column("Size")]
    rows = [Row((path.name, what, size(path.stat().st_size))) for path, what in described]
    commands = (
        f"The same step by step: `geoquant quantize {findings.model.path.name} --scenes scene.tif --mask scl.tif -o "
        f"{outputs.model.name}`, then `geoquant classify scene.tif --model {outputs.model.name} -o classes.tif`."
    )
    card = findings.model.card
    about = f"The model: {card.description} {card.trained_on}. {card.limitations}"
    return report.section("Files", report.table(columns, rows), report.paragraph(commands), report.paragraph(about))
