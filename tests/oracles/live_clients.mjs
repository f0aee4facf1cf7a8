// Many clients of the npm package graphql-ws in one process, each with a socket of its own.
//
// In:  {"open": id, "url", "token", "query", "variables"}   begins a subscription on a new socket
//      {"close": id}                                         ends it from the client's side
// Out: {"stream": id, "next": payload} for each frame, {"stream": id, "errors": […]} or
//      {"stream": id, "complete": true} at its end, and {"stream": id, "closed": code, "reason"}
//      when its socket has closed.
import { createInterface } from "node:readline";

import { createClient } from "graphql-ws";
import WebSocket from "ws";

const clients = new Map();
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

function open({ open: stream, url, token, query, variables }) {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    on: { closed: ({ code, reason }) => say({ stream, closed: code ?? 1006, reason: String(reason ?? "") }) },
  });
  clients.set(stream, client);
  client.subscribe(
    { query, variables },
    {
      next: (payload) => say({ stream, next: payload }),
      // A socket that closed is told by `closed` already.
      error: (error) => Array.isArray(error) && say({ stream, errors: error }),
      complete: () => say({ stream, complete: true }),
    },
  );
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.open) open(asked);
  else await clients.get(asked.close)?.dispose();
}
process.exit(0);
