// Two other planners, asked over JSON lines:
//   {id, planner: "apollo"|"hive", supergraph, operation, name?, labels?: {name: is it on}}  →  {id, requests, depth, plan}
//                                                                 or {id, errors: [{code, message}]}
// Apollo's plan is its printed text, Hive's is JSON. A planner is kept for each distinct supergraph.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { prettyFormatQueryPlan, QueryPlanner as ApolloPlanner } from "@apollo/query-planner";
import { QueryPlanner as HivePlanner } from "@graphql-hive/router-query-planner";
import { parse } from "graphql";
import { serve } from "./json_lines.mjs";
import { planSize } from "./plan_size.mjs";

// The planner's own copy of the internals: the composer's is another version, whose classes the
// planner does not recognise.
const planners = createRequire(createRequire(import.meta.url).resolve("@apollo/query-planner"));
const { operationFromDocument, Supergraph } = planners("@apollo/federation-internals");

const PLANNERS = {
  apollo(sdl) {
    const supergraph = Supergraph.build(sdl, { supportedFeatures: null });
    const schema = supergraph.apiSchema();
    const planner = new ApolloPlanner(supergraph);
    return (operation, operationName, labels) => {
      const read = operationFromDocument(schema, parse(operation), { operationName });
      const plan = planner.buildQueryPlan(read, { overrideConditions: new Map(Object.entries(labels)) });
      return { ...planSize(plan), plan: prettyFormatQueryPlan(plan) };
    };
  },
  hive(sdl) {
    const planner = new HivePlanner(sdl);
    return (operation, operationName, labels) => {
      const on = Object.keys(labels).filter((label) => labels[label]);
      // Its shares are drawn by the caller: 0 is a draw that every positive share includes.
      const drawn = on.some((label) => label.startsWith("percent(")) ? 0 : 100;
      const plan = planner.plan(operation, operationName, new Set(on), drawn);
      return { ...planSize(plan), plan };
    };
  },
};

const known = new Map();

function plannerFor(name, sdl) {
  const key = `${name} ${createHash("sha256").update(sdl).digest("hex")}`;
  if (!known.has(key)) known.set(key, PLANNERS[name](sdl));
  return known.get(key);
}

await serve(({ planner, supergraph, operation, name, labels }) =>
  plannerFor(planner, supergraph)(operation, name ?? undefined, labels ?? {}),
);
