"""Hooks of the docs site (mkdocs.yml): pages made of files outside docs/, the API reference, and checks of the result.

A page outside docs/, such as README.md, stays where people look for it and is put into the site under a name of its
own, with its links rewritten. The API reference is one page per package, made from docstrings, which are read and not
run. What was built is looked through: every link inside the site leads somewhere, and no page fetches a script, style,
font or picture from anywhere else. Whatever is wrong is a warning, which ``mkdocs build --strict`` fails on.
"""

from __future__ import annotations

import ast
import logging
import os
import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "geoquant"
LOG = logging.getLogger("mkdocs.hooks.site")
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "RELEASING.md": "releasing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "findings/README.md": "findings.md",
}
"""File outside docs/ -> its page in the site."""
KINDS = ("Functions", "Classes", "Options", "Errors and warnings")
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_OUTSIDE_SCRIPT = re.compile(r"https://unpkg\.com/[^\"'`]*")


def on_config(config: Any) -> Any:
    """Add the API reference to the navigation."""
    pages: list[Any] = ["api/index.md", *({name: f"api/{name}.md"} for name in packages())]
    config.nav.append({"API": pages})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    made = {page: (CHECKOUT / name).read_text(encoding="utf-8") for name, page in PAGES.items()}
    made = {page: relinked(text, name) for (name, page), text in zip(PAGES.items(), made.values(), strict=True)}
    made |= api_pages()
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let pages in docs/ link to what lies outside."""
    return markdown if page.file.generated_by else relinked(markdown, f"docs/{page.file.src_uri}")


def on_post_build(config: Any) -> None:
    """Take out the addresses of scripts that the theme would fetch on demand, and check what was built."""
    site = Path(config.site_dir)
    for script in site.glob("assets/javascripts/*.js"):
        script.write_text(_OUTSIDE_SCRIPT.sub("about:blank", script.read_text(encoding="utf-8")), encoding="utf-8")
    for complaint in complaints(site):
        LOG.warning(complaint)


def relinked(markdown: str, name: str) -> str:
    """A page's text with links between files of the checkout as links between pages of the site.

    Args:
        markdown: of the page.
        name: of the file, from the checkout's root with slashes.
    """
    parts = _FENCED.split(markdown)
    return "".join(part if number % 2 else _LINK.sub(_in_site(name), part) for number, part in enumerate(parts))


def _in_site(name: str) -> Any:
    here = posixpath.dirname(_page_of(name))

    def target(found: re.Match[str]) -> str:
        path, _, anchor = found[0].partition("#")
        if not path or urlsplit(path).scheme:
            return found[0]
        page = _page_of(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
        return posixpath.relpath(page, here or ".") + ("#" + anchor if anchor else "")

    return target


def _page_of(name: str) -> str:
    """Where a file of the checkout stands in the site; one that is in no page keeps its name and is reported."""
    return PAGES.get(name, name.removeprefix("docs/"))


def packages() -> list[str]:
    """Names of the packages, and of the modules that stand beside them as one page, "base"."""
    return ["base", *sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))]


def api_pages() -> dict[str, str]:
    """Page -> text of the API reference."""
    return {"api/index.md": _public_page(), **{f"api/{name}.md": _package_page(name) for name in packages()}}


def _package_page(name: str) -> str:
    """What a package is, and its modules, which mkdocstrings fills in."""
    if name == "base":
        intro = "What every package may use: errors, progress, grids, and facts of the machine."
        modules = sorted(path for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
    else:
        intro = _first_paragraph(ast.parse((PACKAGE / name / "__init__.py").read_text(encoding="utf-8")))
        modules = sorted(path for path in (PACKAGE / name).rglob("*.py") if _has_members(path))
    names = [".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__") for path in modules]
    return "\n\n".join([f"# {name}", intro, *(f"::: {module}" for module in names)]) + "\n"


def _has_members(path: Path) -> bool:
    """Whether a module defines something public; most ``__init__.py`` only have a line that says what is inside."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_" for node in nodes)


def _public_page() -> str:
    """The public names as tables that lead to their places in the packages' pages."""
    head = (
        "# Public names\n\nWhat `geoquant` exports: `geoquant.classify` and so on, each loaded when it is first used. "
        "These names and what they give are kept; everything else on the pages of the packages is internal and may "
        "change without notice."
    )
    tables = [f"## {kind}\n\n| name | what |\n|---|---|\n{rows}" for kind, rows in _public_rows().items() if rows]
    return "\n\n".join([head, *tables]) + "\n"


def _public_rows() -> dict[str, str]:
    rows: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name, module in public_names().items():
        path = CHECKOUT / (module.replace(".", "/") + ".py")
        node = next(node for node in ast.parse(path.read_text(encoding="utf-8")).body if _named(node, name))
        page = module.split(".")[1] if module.count(".") > 1 else "base"
        text = " ".join(_first_paragraph(node).split()).replace("|", "&#124;")
        rows[_kind(name, module, node)].append(f"| [`{name}`]({page}.md#{module}.{name}) | {text} |")
    return {kind: "\n".join(found) for kind, found in rows.items()}


def _named(node: ast.stmt, name: str) -> bool:
    is_overload = any(ast.unparse(mark) == "overload" for mark in getattr(node, "decorator_list", ()))
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name and not is_overload


def _kind(name: str, module: str, node: ast.stmt) -> str:
    if module == "geoquant.errors":
        return KINDS[3]
    if isinstance(node, ast.FunctionDef):
        return KINDS[0]
    return KINDS[2] if name.endswith("Options") else KINDS[1]


def public_names() -> dict[str, str]:
    """Public name -> module that defines it, as ``geoquant/__init__.py`` lists them."""
    for node in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULES":
            names: dict[str, str] = ast.literal_eval(node.value)
            return names
    raise LookupError("geoquant/__init__.py lists no public names in _MODULES.")


def _first_paragraph(node: ast.AST) -> str:
    """Of the docstring of a module, class or function."""
    return (ast.get_docstring(node) or "").split("\n\n")[0]  # type: ignore[arg-type]


class _Page(HTMLParser):
    """Anchors, links and fetched addresses of one built page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what one element names."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("script", "img", "iframe", "source") and "src" in given:
            self.fetched.append(given["src"])
        if tag == "link" and given.get("rel") != "canonical" and "href" in given:
            self.fetched.append(given["href"])


def complaints(site: Path) -> Iterator[str]:
    """What is wrong with a built site: links that lead nowhere, and addresses outside that a page would fetch."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        for address in page.links + page.fetched:
            if not urlsplit(address).scheme and not address.startswith("//") and not _leads(address, path, pages, site):
                yield f"{name}: the link {address} leads nowhere"
        for address in page.fetched:
            if urlsplit(address).netloc:
                yield f"{name} fetches {address} from outside"
    for path in [*site.rglob("*.css"), *site.rglob("*.js")]:
        for address in re.findall(r"url\(\s*['\"]?(https?:[^)'\"]+)|@import\s+['\"](https?:[^'\"]+)", _text(path)):
            yield f"{path.relative_to(site).as_posix()} fetches {''.join(address)} from outside"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _leads(address: str, path: Path, pages: dict[Path, _Page], site: Path) -> bool:
    """Whether a link of the page ``path`` names a file of the site, and an anchor of it where it names one."""
    parts = urlsplit(address)
    start = site if parts.path.startswith("/") else path.parent
    file = Path(os.path.normpath(start / unquote(parts.path).lstrip("/"))) if parts.path else path
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return path.name == "404.html"  # its links count from the root of wherever the site is put
    anchor = unquote(parts.fragment)
    return not anchor or file not in pages or anchor in pages[file].anchors
