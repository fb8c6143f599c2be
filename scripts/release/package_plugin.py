"""Pack the QGIS plugin: dist/geoquant_qgis.zip, to be installed in QGIS with "Install from ZIP".

    python scripts/release/package_plugin.py              # from a git checkout without changes
    python scripts/release/package_plugin.py --dirty      # with what lies in the folder now

In the zip's one folder lie qgis_plugin/ as it is, metadata.txt stamped with the version of the package, and in library/
the whole of geoquant in pure Python with its models and its own licence. All of it: geoquant/training takes 70 kB, and
who names an interpreter of their own that has torch can then use what needs it. The bytes are the same for the same
commit.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = "geoquant_qgis"
"""An identifier, because QGIS imports it, and without the word plugin, which plugins.qgis.org does not take."""
LIMIT_BYTES = 25 * 10**6
"""What plugins.qgis.org takes; a packaged model that grows past it must be noticed here."""
KINDS = {".py", ".txt", ".json", ".svg", ".png", ".qml", ".qm", ".html", ".css", ".onnx", ".typed", ""}
"""Suffixes of what may go in: sources, texts, pictures and models, and nothing that is compiled."""
TRANSLATION = ".ts"
LRELEASE = ("lrelease", "lrelease-qt5", "pyside6-lrelease")
WANTED_FIELDS = ("email", "repository", "tracker", "homepage")
EPOCH = (1980, 1, 1, 0, 0, 0)


def git(*arguments: str) -> str:
    """What git says about this checkout."""
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the plugin is packed from a git checkout, and git says: {done.stderr.strip()}")
    return done.stdout


def tracked(folder: str) -> list[PurePosixPath]:
    """The files that git knows in a folder, so that nothing else lying there gets in."""
    return [PurePosixPath(name) for name in git("ls-files", "-z", "--", folder).split("\0") if name]


def contents(version: str) -> dict[str, bytes]:
    """Name in the zip -> content."""
    files = tracked("qgis_plugin")
    named = {f"{FOLDER}/{path.relative_to('qgis_plugin')}": path for path in files if path.suffix != TRANSLATION}
    named |= {f"{FOLDER}/library/{path}": path for path in tracked("geoquant")}
    named[f"{FOLDER}/library/geoquant/LICENSE"] = PurePosixPath("LICENSE")
    metadata = (CHECKOUT / "metadata.txt").read_text(encoding="utf-8")
    return {
        **{name: (CHECKOUT / path).read_bytes() for name, path in named.items()},
        **{f"{FOLDER}/i18n/{path.stem}.qm": released(path) for path in files if path.suffix == TRANSLATION},
        f"{FOLDER}/metadata.txt": stamped(metadata, version, changes(version)).encode(),
    }


def released(path: PurePosixPath) -> bytes:
    """A translation in the form that Qt reads, made by its program lrelease."""
    program = next((found for name in LRELEASE if (found := shutil.which(name))), None)
    if program is None:
        sys.exit("Qt's lrelease is missing, which makes the translations. On Debian: apt install qttools5-dev-tools")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.qm"
        command = [program, "-silent", str(CHECKOUT / path), "-qm", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not out.is_file():
            sys.exit(f"{path} can't be made a translation: {done.stdout}{done.stderr}")
        return out.read_bytes()


def changes(version: str) -> str:
    """What CHANGELOG.md says of this version, or where it does not name it yet, of what comes; as plain text."""
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    named = [one for one in sections if version in one.partition("\n")[0]] or sections[:1]
    lines = named[0].partition("\n")[2].strip().splitlines() if named else []
    kept = [re.sub(r"^#+ |[`*]|\[|\]\([^)]*\)", "", line) for line in lines if line.strip() and line[0] != "|"]
    return "\n".join(kept)


def stamped(metadata: str, version: str, changelog: str = "") -> str:
    """``metadata.txt`` with version and changelog in it, without comments, which are for those who edit it.

    Fields without a value, which wait for an address, are left out; in a field of several lines all but the first are
    indented.
    """
    lines = [line for line in metadata.splitlines() if not line.startswith("#") and not line.endswith("=")]
    lines = [f"version={version}" if line.startswith("version=") else line for line in lines]
    if changelog:
        lines.append("changelog=" + changelog.replace("%", "%%").replace("\n", "\n    "))
    return "\n".join(lines) + "\n"


def version_of_package() -> str:
    """``geoquant.__version__``, read without importing anything."""
    text = (CHECKOUT / "geoquant" / "_version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        sys.exit("geoquant/_version.py has no __version__ where it is looked for")
    return found.group(1)


def check(files: dict[str, bytes]) -> None:
    """Refuse what plugins.qgis.org would refuse, and what no plugin needs."""
    strange = [name for name in files if PurePosixPath(name).suffix not in KINDS]
    if strange:
        sys.exit(f"these are of no kind that belongs into the plugin: {', '.join(strange)}")
    for name in ("LICENSE", "__init__.py", "metadata.txt", "library/geoquant/__init__.py", "library/geoquant/LICENSE"):
        if f"{FOLDER}/{name}" not in files:
            sys.exit(f"{name} is missing")


def write(files: dict[str, bytes], out: Path) -> None:
    """Write the zip: sorted, with one date and one mode, so that its bytes depend on nothing but the files."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name])
    if out.stat().st_size > LIMIT_BYTES:
        sys.exit(f"{out} has {out.stat().st_size / 1e6:.1f} MB; plugins.qgis.org takes {LIMIT_BYTES / 1e6:.0f}")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=CHECKOUT / "dist" / f"{FOLDER}.zip")
    parser.add_argument("--dirty", action="store_true", help="pack files that differ from the last commit, too")
    options = parser.parse_args()
    changed = git("status", "--porcelain", "--", "qgis_plugin", "geoquant", "metadata.txt", "LICENSE").strip()
    if changed and not options.dirty:
        sys.exit(f"these files differ from the last commit; commit them, or give --dirty:\n{changed}")
    files = contents(version_of_package())
    check(files)
    write(files, options.out)
    print(f"{options.out}: {len(files)} files, {options.out.stat().st_size / 1e6:.1f} MB")
    fields = files[f"{FOLDER}/metadata.txt"].decode()
    missing = [name for name in WANTED_FIELDS if not re.search(rf"^{name}=\S", fields, re.MULTILINE)]
    if missing:
        print(f"To publish it on plugins.qgis.org, metadata.txt also needs: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
