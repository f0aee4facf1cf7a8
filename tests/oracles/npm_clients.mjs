// The npm clients graphql-ws and graphql-sse as front ends use them, retrying by their own rules.
//
// In:  {"open": id, "client": "ws" | "sse", "urls": […], "tokens": […], "delays": [ms…], "query",
//       "variables", "retries"}     begins an operation; each attempt to connect takes the next
//                                   url, token (null: none) and delay, the last for the rest
//      {"close": id}                ends it from the client's side
// Out: {"stream": id, "connecting": n}, {"stream": id, "connected": true},
//      {"stream": id, "next": payload}, {"stream": id, "complete": true},
//      {"stream": id, "closed": code, "reason"} when a WebSocket has closed,
//      {"stream": id, "failed": what} when the client gives up.
import { createInterface } from "node:readline";

import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const clients = new Map();
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const at = (list, attempt) => list[Math.min(attempt, list.length - 1)];

function attemptsOf(stream, { urls, tokens = [null], delays = [0] }) {
  let attempt = -1;
  return {
    url: () => {
      say({ stream, connecting: ++attempt });
      return at(urls, attempt);
    },
    credentials: async () => {
      await new Promise((resolve) => setTimeout(resolve, at(delays, attempt)));
      const token = at(tokens, attempt);
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  };
}

function createClient(stream, asked) {
  const { url, credentials } = attemptsOf(stream, asked);
  const soon = () => new Promise((resolve) => setTimeout(resolve, 50));
  const connected = () => say({ stream, connected: true });
  if (asked.client === "sse") {
    const options = { retryAttempts: asked.retries, retry: soon, on: { connected } };
    return createSseClient({ url, headers: credentials, ...options });
  }
  const closed = ({ code, reason }) => say({ stream, closed: code ?? 1006, reason: String(reason ?? "") });
  return createWsClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: credentials,
    retryAttempts: asked.retries,
    retryWait: soon,
    on: { connected, closed },
  });
}

function open(asked) {
  const stream = asked.open;
  const client = createClient(stream, asked);
  clients.set(stream, client);
  client.subscribe(
    { query: asked.query, variables: asked.variables },
    {
      next: (payload) => say({ stream, next: payload }),
      error: (error) => say({ stream, failed: Array.isArray(error) ? error : String(error?.code ?? error) }),
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
