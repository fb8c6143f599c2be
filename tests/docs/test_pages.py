"""What the pages say is there: links, tests, files, names, commands and the table of levels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import geoquant
from benchmarks.run import NAMES as BENCHMARKS
from geoquant.cli.main import COMMANDS
from tests.architecture.test_levels import LEVELS
from tests.builders.every_file import of_every

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(page for folder in ("docs", "benchmarks", "findings") for page in (ROOT / folder).rglob("*.md")),
    ]
)
ROOTS = (ROOT, ROOT / "geoquant", ROOT / "qgis_plugin", ROOT / "scripts")
"""Where a path that a page names may begin."""
EXAMPLES = {"geoquant/engines/reference_engine.py"}
"""Files that CONTRIBUTING.md adds as an example."""
MADE = {"library/", "site/", "demo/report.html"}
"""What commands make."""
FENCES = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
by_page = of_every(PAGES)


@cache
def text_of(page: Path) -> str:
    """A page as far as it speaks of today: without the history of released versions and without old names."""
    text = page.read_text(encoding="utf-8")
    if page.name == "CHANGELOG.md":
        text = text.split("\n## 0.1.0")[0]
    lines, renames = [], False
    for line in text.splitlines():
        renames = line.startswith(("| before |", "| argument before |")) or (renames and line.startswith("|"))
        lines.append(re.sub(r"^\|[^|]*\|", "|", line) if renames else line)
    return "\n".join(lines)


@cache
def prose_of(page: Path) -> str:
    return FENCES.sub("", text_of(page))


def blocks_of(page: Path, *languages: str) -> Iterator[str]:
    return (body for language, body in FENCES.findall(text_of(page)) if language in languages)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCES.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@by_page
def test_every_test_that_is_named_is_there(page: Path) -> None:
    for path, name in re.findall(r"\b(tests/[\w/]+\.py)(?:::(\w+))?", text_of(page)):
        assert (ROOT / path).is_file(), path
        assert not name or re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), name


@by_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    starts = "|".join(path.name for path in sorted(ROOT.iterdir()) if path.is_dir() and path.name[0] != ".")
    for code in re.findall(r"`([^`\n]+)`", prose_of(page)):
        path = code.split("::")[0]
        is_path = re.fullmatch(rf"(?:{starts})/[\w./-]*", path) or re.fullmatch(r"[\w/]+\.py|[a-z_]+/", path)
        if is_path and path not in EXAMPLES | MADE and "NAME" not in path:
            assert any((root / path).exists() for root in ROOTS) or is_unique_file(path), path


def is_unique_file(name: str) -> bool:
    """Whether a name without folder, such as ``server.py``, is that of one file."""
    return "/" not in name and len([path for root in ROOTS[1:] for path in root.rglob(name)]) == 1


@by_page
def test_every_name_of_geoquant_is_there(page: Path) -> None:
    for code in re.findall(r"`(geoquant\.[\w.]+)", prose_of(page)):
        assert is_there(code), code


def is_there(dotted: str) -> bool:
    """Whether a dotted name is a public name, a package, a module, or something that a module defines."""
    parts = dotted.split(".")
    if len(parts) == 2 and parts[1] in geoquant.__all__:
        return True
    for cut in range(len(parts), 1, -1):
        path = ROOT.joinpath(*parts[:cut])
        file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        if file.is_file():
            return cut == len(parts) or parts[cut] in names_in(file)
    return parts[1:] == ["NAME"]


def names_in(file: Path) -> set[str]:
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@by_page
def test_examples_in_python_use_what_is_there(page: Path) -> None:
    for body in blocks_of(page, "python"):
        if page.name in ("CONTRIBUTING.md", "README.md") and body.startswith(("    ", '"""', "def ")):
            continue  # parts of modules that are to be written
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "geoquant":
                assert is_there(f"geoquant.{node.attr}"), node.attr
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("geoquant"):
                assert all(is_there(f"{node.module}.{alias.name}") for alias in node.names), node.module


def test_what_contributing_imports_is_there() -> None:
    """The modules that CONTRIBUTING.md writes as examples import what exists."""
    page = ROOT / "CONTRIBUTING.md"
    modules = [body for body in blocks_of(page, "python") if body.startswith('"""')]
    assert len(modules) == 4
    for body in modules:
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("geoquant"):
                missing = [alias.name for alias in node.names if not is_there(f"{node.module}.{alias.name}")]
                assert not missing, (node.module, missing)


def commands_of(page: Path) -> Iterator[list[str]]:
    """Every command line of a page's shell blocks and inline code, as words without comments."""
    lines = [line for body in blocks_of(page, "bash", "sh") for line in body.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`\n]+)`", prose_of(page)) + re.findall(r"^ {4,}(\S.*)$", prose_of(page), re.MULTILINE)
    return (re.sub(r"\s+#.*", "", line).split() for line in lines)


@by_page
def test_every_command_of_geoquant_is_there(page: Path) -> None:
    for words in commands_of(page):
        if words[:1] == ["geoquant"] and len(words) > 1 and not words[1].startswith("-"):
            assert words[1] in COMMANDS, words
            command: click.Command = import_module(f"geoquant.cli.{words[1]}").command
            known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
            given = {word.partition("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)}
            assert given <= known | {"--help"}, words


@by_page
def test_every_script_and_benchmark_is_there(page: Path) -> None:
    jobs = re.search(r"choices=(\(.*?\))", (ROOT / "scripts" / "start.py").read_text(encoding="utf-8"))
    assert jobs is not None
    for words in commands_of(page):
        if words[:1] not in (["python"], ["python3"]) or len(words) < 2:
            continue
        if words[1].endswith(".py"):
            assert (ROOT / words[1]).is_file(), words
        if words[1] == "scripts/start.py" and len(words) > 2:
            assert words[2] in ast.literal_eval(jobs[1]), words
        if words[1:3] == ["-m", "benchmarks.run"]:
            names = words[3 : next((at for at, word in enumerate(words) if word.startswith("-") and at > 2), None)]
            assert set(names) <= set(BENCHMARKS), words


def rows_of(page: str, *head: str) -> Iterator[list[str]]:
    """Rows of every table of a page with these headings, as cells."""
    inside = False
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        inside = cells == list(head) or (inside and line.startswith("|"))
        if inside and cells != list(head) and not set(line) <= set("|-: "):
            yield cells


def test_the_table_of_levels_is_the_architecture_tests() -> None:
    told: dict[int, set[str]] = {}
    for level, names, _ in rows_of("docs/architecture.md", "level", "packages and modules", "what they hold"):
        told.setdefault(int(level), set()).update(re.findall(r"`(\w+)`", names))
    assert [told[level] for level in sorted(told)] == list(LEVELS)


def test_what_things_are_called_now_is_there() -> None:
    paths = [
        (name, page)
        for page in ("CHANGELOG.md", "docs/renames.md")
        for _, now in rows_of(page, "before", "now")
        for name in re.findall(r"`([^`]+)`", now)
    ]
    assert len(paths) > 200
    for name, page in paths:
        public = name.removeprefix("geoquant.")
        assert is_there(name) if public != name else any((root / name).exists() for root in ROOTS), (page, name)


def test_what_classes_and_functions_are_called_now_is_there() -> None:
    rows = list(rows_of("docs/renames.md", "before", "now", "in"))
    assert len(rows) > 50
    for _, now, module in rows:
        assert set(re.findall(r"`(\w+)`", now)) <= names_in(ROOT / "geoquant" / module.strip("`")), now


def test_every_word_of_the_glossary_has_its_place() -> None:
    rows = list(rows_of("docs/glossary.md", "word", "what it means here", "where"))
    assert len(rows) > 40
    for word, meaning, where in rows:
        assert meaning.endswith("."), word
        assert all((ROOT / "geoquant" / path).exists() for path in re.findall(r"`([^`]+)`", where)), word


def test_every_public_name_is_told_of_nowhere_outside() -> None:
    """No page leans on a document that a reader does not have."""
    for page in PAGES:
        assert not re.search(r"\bDESIGN\b|/work/|shared/layout", page.read_text(encoding="utf-8")), page


def test_the_citation_has_the_version_of_the_package() -> None:
    citation: dict[str, Any] = dict(
        line.split(": ", 1) for line in (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines() if ": " in line
    )
    assert citation["version"] == geoquant.__version__
