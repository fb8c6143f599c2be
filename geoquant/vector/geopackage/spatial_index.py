"""The R-tree over a GeoPackage's polygons, without which a GIS reads all of them to draw a few.

Extension gpkg_rtree_index, OGC 12-128r19 annex F.3. Its triggers call functions that the program which edits the file
brings along (GDAL and QGIS do); SQLite looks for them only then.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from geoquant.vector.geopackage.features import quoted

EXTENSIONS = """
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
DEFINITION = "http://www.geopackage.org/spec120/#extension_rtree"
EMPTY_BEFORE, EMPTY_AFTER = (f"({row}.geom IS NULL OR ST_IsEmpty({row}.geom))" for row in ("OLD", "NEW"))
FILLED_BEFORE, FILLED_AFTER = (f"NOT {empty}" for empty in (EMPTY_BEFORE, EMPTY_AFTER))
SAME_ROW, OTHER_ROW = "OLD.fid = NEW.fid", "OLD.fid != NEW.fid"
SIDES = ", ".join(f"ST_{side}(NEW.geom)" for side in ("MinX", "MaxX", "MinY", "MaxY"))
PUT = f"INSERT OR REPLACE INTO {{tree}} VALUES (NEW.fid, {SIDES});"
DROP = "DELETE FROM {tree} WHERE id = OLD.fid;"


@dataclass(frozen=True)
class Trigger:
    """A trigger that keeps the index right while somebody edits the layer.

    Attributes:
        name: The trigger's name in the standard.
        event: The event after which it runs.
        conditions: The conditions, all of which must hold.
        action: The SQL, with ``{tree}`` for the index.
    """

    name: str
    event: str
    conditions: tuple[str, ...]
    action: str

    def sql(self, table: str) -> str:
        """The statement that creates it for the column ``geom`` of ``table``."""
        own_name, tree = quoted(f"{tree_name(table)}_{self.name}"), quoted(tree_name(table))
        event = f"AFTER {self.event} ON {quoted(table)} WHEN {' AND '.join(self.conditions)}"
        return f"CREATE TRIGGER {own_name} {event} BEGIN {self.action.format(tree=tree)} END"


TRIGGERS = (
    Trigger("insert", "INSERT", (FILLED_AFTER,), PUT),
    Trigger("update2", "UPDATE OF geom", (SAME_ROW, EMPTY_AFTER), DROP),
    Trigger("update4", "UPDATE", (OTHER_ROW, EMPTY_AFTER), DROP),
    Trigger("update5", "UPDATE", (OTHER_ROW, FILLED_AFTER), f"{DROP} {PUT}"),
    Trigger("update6", "UPDATE OF geom", (SAME_ROW, FILLED_BEFORE, FILLED_AFTER), f"{DROP} {PUT}"),
    Trigger("update7", "UPDATE OF geom", (SAME_ROW, EMPTY_BEFORE, FILLED_AFTER), PUT),
    Trigger("delete", "DELETE", ("OLD.geom NOT NULL",), DROP),
)


def tree_name(table: str) -> str:
    """Name of the index of ``table``: columns id, minx, maxx, miny, maxy."""
    return f"rtree_{table}_geom"


def create_index(database: sqlite3.Connection, table: str) -> None:
    """Make the empty index of the column ``geom`` of ``table``, whose primary key is ``fid``."""
    database.execute(f"CREATE VIRTUAL TABLE {quoted(tree_name(table))} USING rtree(id, minx, maxx, miny, maxy)")
    database.execute(EXTENSIONS)
    registered = (table, "geom", "gpkg_rtree_index", DEFINITION, "write-only")
    database.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", registered)


def keep_index(database: sqlite3.Connection, table: str) -> None:
    """Let the index follow later edits; to be called when it is filled."""
    for trigger in TRIGGERS:
        database.execute(trigger.sql(table))
