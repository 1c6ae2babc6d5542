"""PostgreSQL on an edge: what the hook is asked about commits, when a line is written."""

from functools import partial

from localnet.wire import entries
from localnet.wire.edge import Edge
from localnet.wire.hooks import Point, Verdict
from localnet.wire.link import Link
from localnet.wire.postgres import Message, MessageReader, Session, Statement

_WILLING = (b"S", b"G")
"""the single byte with which a server agrees to encrypt"""


class PostgresConversation:
    def __init__(self, edge: Edge, link: Link) -> None:
        self._edge, self._link = edge, link
        self._session = Session()
        self._sending, self._receiving = MessageReader(from_caller=True), MessageReader(from_caller=False)
        link.up.turn(self._sending, self._sent)
        link.down.turn(self._receiving, self._received)

    @property
    def busy(self) -> bool:
        return any(statement is not None for statement in self._session.asked)

    def refused(self, why: str) -> None:
        at, began = entries.now()
        statement = Statement("connect", outcome="refused", detail=why, at=at, began=began)
        self._record(statement)
        self._link.cut()

    def ended(self, by_caller: bool) -> None:
        """Both sides close soon after."""

    def over(self, outcome: str, note: str) -> None:
        for statement in [statement for statement in self._session.asked if statement is not None]:
            statement.outcome, statement.detail = outcome, note or None
            self._record(statement)
        self._session.asked.clear()

    def _sent(self, message: Message) -> Verdict | None:
        if self._session.is_request_for_encryption(message):
            self._receiving.single_bytes += 1
            return None
        asked = self._session.sent(message)
        for statement in asked:
            statement.at, statement.began = entries.now()
        return self._ask(Point.COMMIT, asked, message)

    def _received(self, message: Message) -> Verdict | None:
        if not message.kind and message.raw in _WILLING:
            self._sending.pass_unread()
            self._receiving.pass_unread()
        ended = self._session.received(message)
        for statement in ended:
            self._record(statement)
        committed = [statement for statement in ended if statement.outcome == "COMMIT"]
        return self._ask(Point.COMMITTED, committed, message)

    def _ask(self, point: Point, statements: list[Statement], message: Message) -> Verdict | None:
        for statement in statements:
            if statement.commits and (verdict := self._edge.hook.at(point, statement, message.raw)):
                return verdict
        return None

    def _record(self, statement: Statement) -> None:
        recorder = self._edge.recorder
        recorder.add(
            partial(entries.of_statement, recorder.run, self._edge.name, statement, entries.now()[1])
        )
