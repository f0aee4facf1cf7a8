"""Makes every projection anew from the stores that own the facts, never from the event stream.

Each owner writes what others keep copies of (`export`), each keeper brings its copies to that
(`rebuild`), while everything runs: versions decide between a row and an event that comes meanwhile.
What a keeper could not handle before is in the exports: its dead letters go.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from stack.assembly import Assembly
from stack.dead_letters import drop_letters, newest_letter

EXPORTS = ("users", "tweets", "social")
# Service → whose exports it rebuilds from.
REBUILT_FROM = {
    "tweets": ("users",),
    "social": ("users", "tweets"),
    "timeline": ("users", "tweets", "social"),
}


async def rebuild(assembly: Assembly, running: Collection[str]) -> None:
    """Export, then rebuild, in `.stack/rebuild/`.

    Args:
        assembly: what runs.
        running: the services of it that are there; what needs another one is not rebuilt.

    Raises:
        StepFailed: a service failed at its part.
        BusRefused: NATS is away or would not.
    """
    folder = assembly.folders.stack / "rebuild"
    folder.mkdir(mode=0o700, exist_ok=True)
    # Before the exports: what is put aside from here on may not be in them.
    newest = await newest_letter(assembly.nats_url("admin"))
    exported = [name for name in EXPORTS if name in running]
    for name in exported:
        await assembly.subgraph(name).do("export", str(_file(folder, name)))
    for name, sources in REBUILT_FROM.items():
        missing = {name, *sources}.difference(running)
        if missing:
            assembly.log("stack", f"{name} is not rebuilt without {' and '.join(sorted(missing))}")
            continue
        files = [str(_file(folder, source)) for source in sources]
        await assembly.subgraph(name).do("rebuild", *files)
        await drop_letters(assembly.nats_url("admin"), name, newest)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.jsonl"
