"""The pages of docs/ that are made from the code: settings, commands, metrics, and the schema of the JSON dialect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import msgspec

from chatd.commands.table import CommandTable
from chatd.services.metrics import FIGURES
from chatd.settings import Settings, meta_of, restarts
from chatd.wire.outgoing import shown_structs
from chatd.wire.requests import Incoming

__all__ = [
    "PAGES",
    "commands_page",
    "generated",
    "metrics_page",
    "schema",
    "settings_page",
    "write",
]

PAGES = ("settings.md", "commands.md", "metrics.md", "protocol.schema.json")


def generated(table: CommandTable) -> dict[str, str]:
    """Return the generated pages, file name → text."""
    pages = (settings_page(), commands_page(table), metrics_page(), schema())
    return dict(zip(PAGES, pages, strict=True))


def write(folder: Path, table: CommandTable) -> None:
    """Write the generated pages into a folder."""
    for name, text in generated(table).items():
        (folder / name).write_text(text, encoding="utf-8")


# Settings


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Made from `chatd/settings/` by `make docs`. Defaults < the TOML file (`--config FILE`) < options and",
        "`--set KEY=VALUE`. `chatd check FILE` says whether a file is good. An unknown key or a bad value stops the",
        "start.",
        "",
        "SIGHUP reads file and options again: what changed holds at once, for those connected too, unless it says",
        "otherwise here. A bad file changes nothing. Both are said in the log.",
    ]
    settings = Settings()
    for name, kind in get_type_hints(Settings, include_extras=True).items():
        section = getattr(settings, name)
        lines += ["", f"## {name}", ""]
        if isinstance(section, msgspec.Struct):
            lines += [_first_line(type(section)), "", *_rows(section)]
        else:
            lines += [meta_of(kind).description or "", "", EXAMPLES[name]]
    return "\n".join(lines) + "\n"


def _rows(section: msgspec.Struct) -> Iterator[str]:
    yield "| Key | Default | Meaning |"
    yield "|---|---|---|"
    for name, kind in get_type_hints(type(section), include_extras=True).items():
        meta = meta_of(kind)
        default = msgspec.json.encode(getattr(section, name)).decode().replace("|", "\\|")
        when = " *From the next start on.*" if restarts(kind) else ""
        yield f"| `{name}` | `{default}` | {meta.description}{_bounds(meta)}{when} |"


def _bounds(meta: msgspec.Meta) -> str:
    words = (("At least", meta.ge), ("More than", meta.gt), ("At most", meta.le))
    return "".join(f" {what} {bound}." for what, bound in words if bound is not None)


EXAMPLES = {
    "doors": '```toml\n[doors]\ntext = ["tcp:7976", "ssl:7977:privateKey=key.pem:certKey=chain.pem"]\n```',
    "operators": '```toml\n[operators]\nalice = "$argon2id$v=19$m=19456,t=2,p=1$…"\n```',
}
"""Of tables whose keys are not ours."""


# Commands


def commands_page(table: CommandTable) -> str:
    """Return docs/commands.md."""
    lines = ["# Commands", "", "Made from the command table by `make docs`; `/help` shows the same.", ""]
    group = ""
    for row in table.rows:
        if row.group != group:
            group = row.group
            lines += ["", f"## {group}", "", "| Type | Also | What it does | Example |", "|---|---|---|---|"]
        also = " ".join(f"/{name}" for name in row.names[1:])
        weight = f" *Counts as {row.weight} lines.*" if row.weight != 1 else ""
        cells = (f"`{row.usage_line}`", also, row.help + weight, f"`{row.example}`")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


# Metrics


def metrics_page() -> str:
    """Return docs/metrics.md."""
    rows = [
        f"| `{name}` | {figure.kind} | {' '.join(f'`{label}`' for label in figure.labels)} | {figure.meaning} |"
        for name, figure in FIGURES.items()
    ]
    return METRICS + "\n".join(rows) + "\n"


METRICS = """\
# Watching a server

Made from `chatd/services/metrics.py` by `make docs`. All of it is at the door for browsers (`--web`).

| Path | Answer | For |
|---|---|---|
| `/healthz` | 200 `ok` as long as the process turns | everybody |
| `/readyz` | 200 `ok`; 503 and why while the server is stopping or messages are not being stored | everybody |
| `/metrics` | the figures below, in Prometheus's text format | this machine, and `web.metrics` |

Others get 404 for `/metrics`. Who asks through a proxy in `web.proxies` is whom that names; through any other proxy nobody sees it.
While the server stops, no new connection is taken: 503 is for those that are there.

```yaml
scrape_configs:
  - job_name: chatd
    static_configs:
      - targets: ["127.0.0.1:7980"]
```

What is shown is at most a second old. Counters begin at 0 with each start. Besides these there are the figures of the process (`process_…`: CPU, memory, descriptors) as
prometheus-client names them.

| Name | Type | Labels | Meaning |
|---|---|---|---|
"""


# The JSON dialect


def schema() -> str:
    """Return the JSON Schema (2020-12) of what goes each way, as text."""
    kinds = shown_structs()
    schemas, definitions = msgspec.json.schema_components([Incoming, *kinds], ref_template="#/$defs/{name}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON dialect of chatd",
        "oneOf": [{"$ref": "#/$defs/from_client"}, {"$ref": "#/$defs/from_server"}],
        "$defs": {
            "from_client": schemas[0],
            "from_server": {"oneOf": list(schemas[1:])},
            **definitions,
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]
