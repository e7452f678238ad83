"""What a request is answered with, gathered to be labeled (IRCv3 labeled-response)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chatd.core.text import unbroken
from chatd.wire.irc.line import body, tagged

__all__ = ["Label", "Out", "batched", "framed"]


@dataclass(slots=True)
class Out:
    """One line to send: what stands in its tags, and the rest."""

    body: str
    tags: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return tagged(self.tags, unbroken(self.body))


@dataclass(slots=True, eq=False)
class Label:
    """A request whose answer is gathered until it is complete. Given to the codec as its reference."""

    name: str
    lines: list[Out] = field(default_factory=list)
    open: bool = True
    batch: str = ""
    """The batch that has begun already, for an answer that is too long to be gathered."""
    held: bool = False
    """Whether a later request completes it."""

    def begin(self, server: str, batch: str) -> Out:
        """Return the line that begins the answer before it is complete."""
        self.batch = batch
        return Out(f":{server} BATCH +{batch} labeled-response", {"label": self.name})

    def part(self) -> list[Out]:
        """Take what was gathered since, as part of the batch that has begun."""
        lines, self.lines = self.lines, []
        return _inside(lines, self.batch)


def framed(label: Label, server: str, batch: str) -> list[Out]:
    """Return the whole answer to a labeled request: an ACK, one line with the label, or a batch of that id with it."""
    if label.batch:
        return [*label.part(), Out(f":{server} BATCH -{label.batch}")]
    lines = label.lines
    if not lines:
        return [Out(f":{server} ACK", {"label": label.name})]
    if len(lines) == 1 or _is_one_batch(lines):
        first = lines[0]
        return [Out(first.body, {**first.tags, "label": label.name}), *lines[1:]]
    return [label.begin(server, batch), *_inside(lines, batch), Out(f":{server} BATCH -{batch}")]


def batched(name: str, kind: tuple[str, ...], lines: Iterable[Out], server: str) -> list[Out]:
    """Return lines as a batch of a kind with its parameters (IRCv3 batch); batches among them stay what they are."""
    return [
        Out(body("BATCH", f"+{name}", *kind, source=server)),
        *_inside(lines, name),
        Out(body("BATCH", f"-{name}", source=server)),
    ]


def _inside(lines: Iterable[Out], batch: str) -> list[Out]:
    return [line if "batch" in line.tags else Out(line.body, {**line.tags, "batch": batch}) for line in lines]


def _is_one_batch(lines: list[Out]) -> bool:
    """Whether it is one batch already: that may have the label itself."""
    name = _batch_named(lines[0], "+")
    return (
        bool(name)
        and name == _batch_named(lines[-1], "-")
        and all("batch" in line.tags for line in lines[1:-1])
    )


def _batch_named(line: Out, sign: str) -> str:
    """Return the name of the batch that a line begins (`+`) or ends (`-`); empty: it does not. What comes behind the
    verb of another line may be anybody's words."""
    _, _, after = line.body.partition(" ")
    verb, _, rest = after.partition(" ")
    reference = rest.partition(" ")[0]
    return reference[1:] if verb == "BATCH" and reference[:1] == sign else ""
