"""docs/qgis.md shows the pictures that there are, all of them, and names every algorithm."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "qgis.md").read_text(encoding="utf-8")


def test_every_picture_is_shown_and_every_link_leads_somewhere():
    shown = set(re.findall(r"\]\(images/qgis/([^)]+)\)", TEXT))
    assert shown == {path.name for path in (DOCS / "images" / "qgis").iterdir()}
    links = re.findall(r"\]\(([\w./-]+\.md)\)", TEXT)
    assert links
    assert all((DOCS / link).is_file() for link in links)


def test_every_algorithm_is_described():
    sources = (DOCS.parent / "qgis_plugin" / "processing" / "algorithms").glob("*.py")
    names = {name for path in sources for name in re.findall(r'id_name.*= .*"(\w+)", "[A-Z]', path.read_text())}
    assert len(names) == 9
    assert all(f"`geoquant:{name}`" in TEXT for name in names)
