"""One `_entities` field of a request: its inputs, and who takes which of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supergraph.execute.answer import Answer, SubgraphError
from supergraph.execute.errors import Path, fault_of_transport
from supergraph.execute.failures import Failure, Told, Wanted, fail_key
from supergraph.execute.json_values import Object, copied, is_list, is_object
from supergraph.execute.needs import Needs
from supergraph.execute.places import Place, find_places
from supergraph.execute.progress import Progress
from supergraph.execute.representations import Inputs, represent
from supergraph.execute.rewrites import rewrite, rewrite_path
from supergraph.execute.step import Step
from supergraph.execute.transport import SubgraphAnswerInvalid
from supergraph.query_plan.nodes import EntityBatch


def look_up(batch: EntityBatch, wanted: Wanted, step: Step, progress: Progress) -> Lookup:
    """Gather the inputs of an entity look-up; fields whose inputs failed fail here.

    Args:
        batch: what to look up.
        wanted: what the request selects of each entity.
        step: the request.
        progress: the data so far.
    """
    conditions = progress.conditions
    found = [
        place for path in batch.paths for place in find_places(progress.data, path, conditions)
    ]
    # Where conditions left nothing to ask of a type, its failure must not be told.
    is_asked = {name: bool(wanted.fields(name)) for name in {place.type_name for place in found}}
    places = [place for place in found if is_asked[place.type_name]]
    needs = Needs(wanted, step.subgraph, progress.context.supergraph)
    inputs = represent(places, batch, needs, conditions)
    for place in places:
        below = wanted.fields(place.type_name) if place.path in inputs.spoiled else {}
        for key, causes in inputs.spoiled.get(place.path, {}).items():
            if causes:
                fail_key(place.object, key, Failure(causes, below[key]))
    return Lookup(batch, inputs, wanted)


@dataclass(frozen=True, slots=True)
class Lookup:
    """An entity look-up that is ready to be sent."""

    batch: EntityBatch
    inputs: Inputs
    wanted: Wanted

    def take(self, answer: Answer, step: Step, progress: Progress) -> None:
        """Give each place the answer to its representation."""
        aliases = frozenset(each.alias for each in step.entities)
        own, common = self._sorted(answer.errors, aliases)
        answers = self._answers(answer)
        for index, places in enumerate(self.inputs.targets):
            value = None if answers is None else answers[index]
            told = own.get(index, []) + common
            if answers is None and not told:
                # The whole list is lost, for a reason that stands at another place or nowhere.
                told = [Told(error.fault, None) for error in answer.errors] or [_invalid(step)]
            if value is not None and not is_object(value):
                value, told = None, [_invalid(step)]
            if value is None and not told:
                progress.lose(places)
            else:
                data = rewrite(value, self.batch.output_rewrites, progress.conditions)
                self._give(places, data, told, progress)

    def _give(
        self, places: Sequence[Place], data: Object | None, told: list[Told], progress: Progress
    ) -> None:
        """Hand an answer out; a field that had no input at a place stays as it is there."""
        whole = [place for place in places if place.path not in self.inputs.spoiled]
        for place in places:
            spoiled = self.inputs.spoiled.get(place.path)
            if spoiled and data is not None:
                kept = {key: copied(value) for key, value in data.items() if key not in spoiled}
                heard = [one for one in told if not one.path or one.path[0] not in spoiled]
                progress.take([place], kept, heard, self.wanted)
            elif spoiled:
                progress.take([place], None, told, self.wanted)
        progress.take(whole, data, told, self.wanted)

    def _answers(self, answer: Answer) -> list[object] | None:
        values = answer.data and answer.data.get(self.batch.alias)
        return values if is_list(values) and len(values) == len(self.inputs.unique) else None

    def _sorted(
        self, errors: Sequence[SubgraphError], aliases: frozenset[str]
    ) -> tuple[dict[int, list[Told]], list[Told]]:
        """Tell errors of one answer, by its index, from errors of this look-up as a whole."""
        own: dict[int, list[Told]] = {}
        common: list[Told] = []
        for error in errors:
            path = error.path or ("",)
            if path[0] in aliases and path[0] != self.batch.alias:
                continue
            index = path[1] if path[0] == self.batch.alias and len(path) > 1 else None
            if isinstance(index, int) and 0 <= index < len(self.inputs.unique):
                own.setdefault(index, []).append(Told(error.fault, self._rewritten(path[2:])))
            else:
                common.append(Told(error.fault, None))
        return own, common

    def _rewritten(self, path: Path) -> Path:
        return rewrite_path(path, self.batch.output_rewrites, self.wanted.scope.conditions)


def _invalid(step: Step) -> Told:
    fault = fault_of_transport(SubgraphAnswerInvalid(), step.subgraph)
    return Told(fault, None)
