"""Keep the plugin's translations: qgis_plugin/i18n/geoquant_LANGUAGE.ts, one for each language.

    python scripts/release/make_translations.py           # after texts have changed: adds new ones, drops old ones
    python scripts/release/make_translations.py --check   # says what is missing or does not fit; writes nothing

Translations are written into the .ts files by hand or with Qt Linguist. ``package_plugin.py`` makes the .qm files that
QGIS reads out of them, with Qt's lrelease.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from qgis_plugin.processing.forms import form
from qgis_plugin.processing.texts import ALGORITHMS, option_text
from qgis_plugin.results.job_progress import JOBS

PLUGIN = Path(__file__).resolve().parents[2] / "qgis_plugin"
FOLDER = PLUGIN / "i18n"
LANGUAGES = ("de", "es", "fr", "pt")
CONTEXT = "geoquant"
TABLES = {
    "labels.py": "LABELS",
    "models/model_card.py": "REASONS",
    "processing/algorithms/classify.py": "MAPS",
}
"""Module -> its table of texts that are translated where they are used."""
CLASS_TEXTS = ("title", "heading", "keywords")
WITH_FORM = ("inspect", *(command for command in JOBS if command != "setup"))
"""The commands that dialogs are made of: setting up is none, and ``inspect`` takes no time that a bar would show."""
PLACEHOLDER = re.compile(r"\{\}")


def sources() -> list[str]:
    """Every text that the plugin shows, once, sorted."""
    found = {*_literals(), *_of_tables(), *_of_classes(), *_of_forms()}
    return sorted(text for text in found if text.strip())


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PLUGIN.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _literals() -> Iterator[str]:
    """The texts in calls of ``tr``."""
    for _, tree in _modules():
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"
            if is_call and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def _of_tables() -> Iterator[str]:
    """Labels, and what the maps beside a class map are called."""
    for name, table in TABLES.items():
        tree = ast.parse((PLUGIN / name).read_text(encoding="utf-8"))
        values = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == table
        ]
        for value in values:
            yield from value.values() if isinstance(value, dict) else [text for row in value for text in row[2:]]


def _of_classes() -> Iterator[str]:
    """Names, groups and tags of algorithms."""
    for _, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield from _of_class(node)


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if not isinstance(line, ast.Assign):
            continue
        targets = line.targets[0].elts if isinstance(line.targets[0], ast.Tuple) else line.targets
        if any(isinstance(target, ast.Name) and target.id in CLASS_TEXTS for target in targets):
            values = ast.literal_eval(line.value)
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            listed = dict(zip(names, values if len(names) > 1 else [values], strict=True))
            for name in CLASS_TEXTS:
                text = listed.get(name, ())
                yield from [text] if isinstance(text, str) else text


def _of_forms() -> Iterator[str]:
    """What algorithms and their parameters say, and what stages are called."""
    labels = set(_labels())
    yield from (paragraph for paragraphs in ALGORITHMS.values() for paragraph in paragraphs)
    for command in WITH_FORM:
        yield from (option_text(one.name, one.help) for one in form(command).options.values() if one.name in labels)
    yield from (step.words for steps in JOBS.values() for step in steps)


def _labels() -> list[str]:
    tree = ast.parse((PLUGIN / "labels.py").read_text(encoding="utf-8"))
    (table,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "LABELS"
    ]
    return list(ast.literal_eval(table))


def translations(language: str) -> dict[str, str]:
    """Text -> its translation, of those that are there."""
    path = file_of(language)
    if not path.is_file():
        return {}
    messages = Xml.parse(path).getroot().iter("message")
    pairs = {str(one.findtext("source")): str(one.findtext("translation") or "") for one in messages}
    return {source: translation for source, translation in pairs.items() if translation}


def file_of(language: str) -> Path:
    """The .ts file of a language."""
    return FOLDER / f"geoquant_{language}.ts"


def ts(language: str, translated: dict[str, str]) -> str:
    """A whole .ts file."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    lines += [f'<TS version="2.1" language="{language}" sourcelanguage="en">', "<context>", f"<name>{CONTEXT}</name>"]
    for source in sources():
        text = translated.get(source, "")
        ending = (
            f"<translation>{escape(text)}</translation>" if text else '<translation type="unfinished"></translation>'
        )
        lines += ["<message>", f"<source>{escape(source)}</source>", ending, "</message>"]
    return "\n".join([*lines, "</context>", "</TS>", ""])


def faults(language: str) -> list[str]:
    """What is wrong with the translations of a language."""
    translated, wanted = translations(language), sources()
    missing = [f"{language}: not translated: {source}" for source in wanted if source not in translated]
    old = [f"{language}: no longer a text: {source}" for source in translated if source not in wanted]
    return missing + old + [f"{language}: {fault}" for pair in translated.items() for fault in unlike(*pair)]


def unlike(source: str, translation: str) -> list[str]:
    """How a translation does not fit its text: placeholders, markup, spaces at its ends."""
    found = []
    if len(PLACEHOLDER.findall(source)) != len(PLACEHOLDER.findall(translation)):
        found.append(f"other placeholders: {translation}")
    if re.findall(r"</?\w+>", source) != re.findall(r"</?\w+>", translation):
        found.append(f"other markup: {translation}")
    if source.startswith(" ") != translation.startswith(" ") or source.endswith(" ") != translation.endswith(" "):
        found.append(f"other spaces at the ends: {translation}")
    return found


def main() -> None:
    """Write the files, or with ``--check`` say what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        FOLDER.mkdir(exist_ok=True)
        for language in LANGUAGES:
            file_of(language).write_text(ts(language, translations(language)), encoding="utf-8", newline="\n")
    wrong = [fault for language in LANGUAGES for fault in faults(language)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
