"""Run the requests of a plan, each as soon as the data it needs is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from graphql import GraphQLNonNull

from supergraph.execute.failures import Failure
from supergraph.execute.fetch import fetch
from supergraph.execute.progress import Progress
from supergraph.execute.step import Step, steps
from supergraph.query_plan.nodes import PlanNode


async def run(node: PlanNode | None, progress: Progress) -> None:
    """Ask all subgraphs that a plan, or the part of it that is left, names.

    A step waits for the steps in its `after` and for nothing else: the tree of the plan sets no
    barrier. Steps that a condition left out count as done, and so do those of other parts. When
    this is cancelled, so is every request under way; no task outlives it.

    Args:
        node: what to do.
        progress: takes what it brings.
    """
    chosen = list(steps(node, progress.context.variables))
    done = {step.id: asyncio.Event() for step in chosen}
    async with asyncio.TaskGroup() as group:
        for step in chosen:
            group.create_task(_run(step, done, progress), name=f"fetch {step.id} {step.subgraph}")


async def _run(step: Step, done: Mapping[int, asyncio.Event], progress: Progress) -> None:
    for earlier in step.after:
        if earlier in done:
            await done[earlier].wait()
    if step.kind != "mutation" or not _is_lost(progress):
        await fetch(step, progress)
    done[step.id].set()


def _is_lost(progress: Progress) -> bool:
    """Whether an earlier mutation made the whole answer null: then the next is not done.

    One GraphQL server stops there too, since nobody would learn what became of the rest.
    """
    type_ = progress.context.api_schema.mutation_type
    return type_ is not None and any(
        isinstance(type_.fields[name].type, GraphQLNonNull)
        and (value is None or isinstance(value, Failure))
        for key, name in progress.root_fields.items()
        if name in type_.fields
        for value in (progress.data.get(key),)
    )
