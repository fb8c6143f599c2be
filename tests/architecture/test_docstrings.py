"""Docstrings that stand on their own: attributes told in sentences, nothing outside the repository, no retired word."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.builders.every_file import of_every

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "geoquant"
MODULES = sorted(PACKAGE.rglob("*.py"))
PLUGIN_MODULES = sorted((ROOT / "qgis_plugin").rglob("*.py"))
PAGES = sorted(
    [
        ROOT / "README.md",
        *(
            path
            for folder in ("geoquant", "qgis_plugin", "scripts", "benchmarks", "docs")
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".py", ".md", ".json", ".css", ".sh")
        ),
    ]
)
SENTENCE = re.compile(r"""["'`A-Z0-9].*\.$""", re.DOTALL)
DANGLING = ("Of", "For", "As", "In", "See", "With", "That", "To", "Alike")
"""First words of an attribute's text that hang on its name instead of saying what the value is."""
SHORTEST_WORDS = 3
ELSEWHERE = re.compile(r"\bDESIGN\b|\.\./shared|/work/|`(?:geoquant\.)?(?:numbers|doors|jobs)\.\w+")
"""Papers, folders and packages that are not in the repository."""
DEFAULT_DATA = ROOT / "benchmarks" / "scenes.py"
"""Where GEOQUANT_DATA's default is computed: the only folder outside the repository that may be named."""
OLD_NAMES = ROOT / "docs" / "renames.md"
RETIRED = {
    **dict.fromkeys(("crew", "crews", "workshop", "workshops", "wish", "wishes", "truths", "churn"), ()),
    **dict.fromkeys(("draft", "drafts", "standing", "shelf", "taker", "takers", "patient", "patients"), ()),
    **dict.fromkeys(("room", "rooms", "door", "doors", "noun", "nouns", "basis"), ()),
    **dict.fromkeys(
        ("strip", "strips"), ("geoquant/demo/", "geoquant/output/", "geoquant/raster/", "geoquant/vector/")
    ),
}
"""Retired word -> where it may stand: in its plain meaning (rows of blocks, long fields)."""
TITLES = ("Theoretical Basis Document",)
CLASS_WORDS = {"asked", "cut", "crew", "draft", "strip", "entry", "place", "seen", "basis", "patient", "wishes"}


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """The docstrings of a file's module, classes and functions, and the class's name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef):
            yield getattr(node, "name", path.stem), ast.get_docstring(node) or ""


def attributes(docstring: str) -> dict[str, str]:
    """Name -> text of the entries of an ``Attributes:`` section."""
    section = re.search(r"^Attributes:\n((?:(?: +.*)?(?:\n|$))+)", docstring, re.MULTILINE)
    if section is None:
        return {}
    entries = re.split(r"^    (?=\w)", section[1], flags=re.MULTILINE)[1:]
    return {name: " ".join(text.split()) for name, _, text in (entry.partition(":") for entry in entries)}


def is_sentence(text: str) -> bool:
    words = text.split()
    return SENTENCE.match(text) is not None and len(words) >= SHORTEST_WORDS and words[0] not in DANGLING


def prose(path: Path) -> str:
    """Docstrings (of attributes and constants too) and comments of a file."""
    text = path.read_text(encoding="utf-8")
    strings = [
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join([*strings, *(token.string for token in tokens if token.type == tokenize.COMMENT)])


def identifiers(path: Path) -> set[str]:
    """Names that a file gives: of classes, functions, parameters, variables and fields."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def words(text: str) -> set[str]:
    """Its words in lower case; names fall apart at underscores and capitals."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


@of_every(MODULES)
def test_attributes_are_told_in_sentences(path: Path) -> None:
    told = {(owner, name): text for owner, doc in blocks(path) for name, text in attributes(doc).items()}
    assert {key: text for key, text in told.items() if not is_sentence(text)} == {}


def test_sections_of_attributes_are_found() -> None:
    assert attributes("One.\n\nAttributes:\n    a: The first\n        of two.\n    b: x\n") == {
        "a": "The first of two.",
        "b": "x",
    }
    assert is_sentence("The first of two.")
    assert not any(map(is_sentence, ("x", "the first of two.", "The first of two", "Of the two.", "JPEG.")))


def test_nothing_outside_the_repository_is_referred_to() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in PAGES
        if path not in (DEFAULT_DATA, OLD_NAMES)
        for match in ELSEWHERE.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@of_every([*MODULES, *PLUGIN_MODULES])
def test_retired_words_stay_retired(path: Path) -> None:
    here = path.relative_to(ROOT).as_posix()
    text = prose(path)
    for title in TITLES:
        text = text.replace(title, "")
    used = words(text).union(*map(words, identifiers(path)))
    assert {word for word in used & RETIRED.keys() if not here.startswith(RETIRED[word] or "-")} == set()


@of_every(MODULES)
def test_classes_are_named_by_what_they_are(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert not CLASS_WORDS & {node.name.lstrip("_").lower() for node in nodes if isinstance(node, ast.ClassDef)}
