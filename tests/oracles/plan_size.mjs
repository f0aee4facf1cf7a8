// How many requests a plan sends and how many of them follow one another.
// Apollo's and Hive's nodes have the same words. Of a condition only one side runs: the larger counts.
const sum = (sizes) => sizes.reduce((total, size) => ({ requests: total.requests + size.requests, depth: total.depth + size.depth }), NOTHING);
const beside = (sizes) => ({ requests: sum(sizes).requests, depth: Math.max(0, ...sizes.map((size) => size.depth)) });
const either = (sizes) => ({ requests: Math.max(...sizes.map((size) => size.requests)), depth: Math.max(...sizes.map((size) => size.depth)) });
const NOTHING = { requests: 0, depth: 0 };

const SIZES = {
  QueryPlan: (node) => planSize(node.node),
  Fetch: () => ({ requests: 1, depth: 1 }),
  BatchFetch: () => ({ requests: 1, depth: 1 }),
  Flatten: (node) => planSize(node.node),
  Sequence: (node) => sum(node.nodes.map(planSize)),
  Parallel: (node) => beside(node.nodes.map(planSize)),
  Condition: (node) => either([planSize(node.ifClause), planSize(node.elseClause)]),
  // Its primary is a fetch; Hive does not say so.
  Subscription: (node) => sum([SIZES.Fetch(), planSize(node.rest)]),
  Defer: (node) => sum([planSize(node.primary?.node), beside((node.deferred ?? []).map((part) => planSize(part.node)))]),
};

export function planSize(node) {
  if (!node) return NOTHING;
  const size = SIZES[node.kind];
  if (!size) throw new Error(`unknown plan node ${node.kind}`);
  return size(node);
}
