"""The docs site: links between files of the checkout become links between pages, and what is wrong is found."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

import geoquant

ROOT = Path(__file__).resolve().parents[2]
HOOKS: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "docs" / "site_hooks.py"))


@pytest.mark.parametrize(
    ("name", "link", "wanted"),
    [
        ("README.md", "docs/cli.md", "cli.md"),
        ("README.md", "docs/contracts/card.md", "contracts/card.md"),
        ("README.md", "docs/images/demo.jpg", "images/demo.jpg"),
        ("README.md", "https://example.org/a.md", "https://example.org/a.md"),
        ("docs/cli.md", "#geoquant-demo", "#geoquant-demo"),
        ("docs/contracts/tiling.md", "../architecture.md#the-stream", "../architecture.md#the-stream"),
        ("docs/contracts/tiling.md", "../../benchmarks/README.md", "../benchmarks.md"),
        ("findings/README.md", "../CHANGELOG.md", "changelog.md"),
    ],
)
def test_links_between_files_become_links_between_pages(name: str, link: str, wanted: str) -> None:
    assert HOOKS["relinked"](f"see [it]({link}) there", name) == f"see [it]({wanted}) there"


def test_code_is_left_as_it_is() -> None:
    text = "```python\nfound[0](docs/cli.md)\n```\n"
    assert HOOKS["relinked"](text, "README.md") == text


def test_every_page_outside_docs_is_in_the_site_once() -> None:
    pages = HOOKS["PAGES"]
    assert {path.name for path in ROOT.glob("*.md")} <= set(pages)
    assert all((ROOT / name).is_file() for name in pages)
    assert not {page for page in pages.values() if (ROOT / "docs" / page).exists()}


def test_every_public_name_is_in_the_reference() -> None:
    pages = HOOKS["api_pages"]()
    assert all(f"[`{name}`](" in pages["api/index.md"] for name in geoquant.__all__ if name != "__version__")
    told = "\n".join(pages.values())
    assert all(f"::: {module}\n" in told for module in set(HOOKS["public_names"]().values()))


def test_warnings_are_counted() -> None:
    """``--quiet`` would silence what ``--strict`` fails on."""
    docs = runpy.run_path(str(ROOT / "scripts" / "start.py"))["DOCS"]
    assert docs[:2] == ("mkdocs", "build")
    assert "--strict" in docs
    assert not {"--quiet", "-q"} & set(docs)


HEAD = '<html><head><link rel="stylesheet" href="site.css"></head><body id="top">'


def complaints(folder: Path, body: str, style: str = "") -> list[str]:
    (folder / "site.css").write_text(style, encoding="utf-8")
    (folder / "other.html").write_text(HEAD + '<h2 id="there">x</h2></body></html>', encoding="utf-8")
    (folder / "index.html").write_text(f"{HEAD}{body}</body></html>", encoding="utf-8")
    return list(HOOKS["complaints"](folder))


def test_a_site_without_faults_is_left_alone(tmp_path: Path) -> None:
    good = '<a href="other.html#there">a</a><a href="#top">b</a><a href="https://example.org/">c</a>'
    assert complaints(tmp_path, good, "a{background:url(data:image/png;base64,AA)}") == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<a href="gone.html">a</a>', "gone.html leads nowhere"),
        ('<a href="other.html#gone">a</a>', "other.html#gone leads nowhere"),
        ('<img src="gone.png">', "gone.png leads nowhere"),
        ('<script src="https://cdn.example.org/a.js"></script>', "fetches https://cdn.example.org/a.js from outside"),
        ('<script src="//cdn.example.org/a.js"></script>', "fetches //cdn.example.org/a.js from outside"),
        ('<link rel="preconnect" href="https://fonts.example.org">', "fetches https://fonts.example.org from outside"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, body: str, words: str) -> None:
    (found,) = complaints(tmp_path, body)
    assert found.startswith("index.html")
    assert words in found


def test_a_font_from_elsewhere_is_named(tmp_path: Path) -> None:
    style = "@font-face{src:url('https://fonts.example.org/a.woff2')}"
    (found,) = complaints(tmp_path, "", style)
    assert found == "site.css fetches https://fonts.example.org/a.woff2 from outside"
