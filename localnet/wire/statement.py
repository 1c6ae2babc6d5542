"""One SQL statement on its way: its text, its parameters, its first rows, how it ended. Values stay as they came until they are shown."""

from dataclasses import dataclass, field
from typing import Final

from localnet.wire import sql
from localnet.wire.values import Cursor, text_of

ROWS_KEPT: Final = 20
ROW_BYTES_KEPT: Final = 8 * 1024


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    oid: int
    is_binary: bool


@dataclass(slots=True, eq=False)
class Prepared:
    """A statement as the callee knows it. The types and columns are learned when somebody asks for them."""

    text: str
    oids: list[int] = field(default_factory=list)
    columns: list[Column] | None = None


@dataclass(slots=True)
class Binding:
    """Parameters of one execution. Formats: 1 is binary, one stands for all."""

    values: list[bytes | None] = field(default_factory=list)
    formats: list[int] = field(default_factory=list)
    result_formats: list[int] | None = None
    """None: as the columns say."""


@dataclass(slots=True, eq=False)
class Statement:
    prepared: Prepared
    at: float
    began: float
    binding: Binding = field(default_factory=Binding)
    outcome: str = ""
    """Command tag, `ERROR <SQLSTATE>`, `suspended`, `skipped`."""
    detail: str | None = None
    note: str | None = None
    """Of whoever decided something about it on its way."""
    answer: bytes | None = None
    """An ErrorResponse that the caller is to get in place of the callee's."""
    covers: tuple["Statement", ...] = ()
    """Of a COMMIT: the statements of its transaction, the first few."""
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Found in it when its line was made."""
    row_count: int = 0
    row_bytes: int = 0
    kept_rows: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.prepared.text

    @property
    def shape(self) -> sql.Shape:
        return sql.shape(self.prepared.text)

    def keep_row(self, body: bytes) -> None:
        if len(self.kept_rows) < ROWS_KEPT and self.row_bytes < ROW_BYTES_KEPT:
            self.kept_rows.append(body)
        self.row_count += 1
        self.row_bytes += len(body)

    def parameters(self) -> list[tuple[str | None, str | None]]:
        """(column if it is known, value) of $1, $2, ...; None as a value is NULL."""
        columns, oids, binding = self.shape.columns, self.prepared.oids, self.binding
        return [
            (
                columns.get(place + 1),
                text_of(
                    value, format_at(binding.formats, place) == 1, oids[place] if place < len(oids) else 0
                ),
            )
            for place, value in enumerate(binding.values)
        ]

    def rows(self) -> list[dict[str, str | None]]:
        """The first few; none where the columns' names were never told, since a name is what tells a secret."""
        columns = self.prepared.columns
        return (
            [_row(columns, body, self.binding.result_formats) for body in self.kept_rows] if columns else []
        )


def format_at(formats: list[int], place: int) -> int:
    """One format for all, one each, or none: text."""
    if len(formats) == 1:
        return formats[0]
    return formats[place] if place < len(formats) else 0


def _row(columns: list[Column], body: bytes, formats: list[int] | None) -> dict[str, str | None]:
    cursor, row = Cursor(body), {}
    try:
        for place in range(cursor.int16()):
            value = cursor.value()
            if place < len(columns):
                column = columns[place]
                is_binary = column.is_binary if formats is None else format_at(formats, place) == 1
                row[column.name] = text_of(value, is_binary, column.oid)
    except ValueError:
        pass  # a row longer than what is kept: its first columns
    return row
