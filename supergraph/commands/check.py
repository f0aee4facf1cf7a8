"""`check`: two supergraphs and stored operations → what breaks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from supergraph.check import Finding, Severity, check
from supergraph.commands.terminal import (
    FINDING,
    OK,
    Json,
    WrongUse,
    entry_of,
    read_file,
    tell,
    write_out,
)
from supergraph.model.supergraph import SupergraphInvalid


def check_command(arguments: argparse.Namespace) -> int:
    """Two supergraphs → a JSON line on stdout for each change that matters to clients."""
    old, new = read_file(arguments.old), read_file(arguments.new)
    operations = _operations(arguments.operations) if arguments.operations else None
    try:
        findings = check(old, new, operations)
    except SupergraphInvalid as error:
        tell(entry_of(error), {"next": "Compose both supergraphs first."})
        return FINDING
    if findings:
        write_out("\n".join(json.dumps(_line(finding)) for finding in findings))
    if any(finding.change.severity is Severity.BREAKING for finding in findings):
        tell({"next": "Keep what breaks until no client needs it, @deprecated meanwhile."})
        return FINDING
    tell({"next": "Nothing breaks."})
    return OK


def _operations(folder: str) -> Mapping[str, str]:
    if not Path(folder).is_dir():
        raise WrongUse(f"{folder} is no folder: name one with operations in *.graphql files.")
    return {file.stem: read_file(file) for file in sorted(Path(folder).rglob("*.graphql"))}


def _line(finding: Finding) -> Json:
    change = finding.change
    return {
        "severity": change.severity.value,
        "code": change.kind,
        "message": change.message,
        "coordinates": list(change.coordinates),
        "operations": list(finding.operations),
    }
