import { createClient } from "graphql-ws";

/**
 * Sends subscriptions over `graphql-transport-ws` to the endpoint's own origin.
 *
 * Each has a socket of its own, since each tab has headers of its own. They travel in the
 * connection's first message and are read anew whenever it is made again: the router closes a
 * socket when its token ends, and the client comes back with a fresh one.
 *
 * @param {string} url the GraphQL endpoint
 * @returns {(request: object, readHeaders: () => Promise<object>) => AsyncIterable<object>}
 */
export function createLiveFetcher(url) {
  const place = new URL(url, window.location.href);
  place.protocol = place.protocol.replace("http", "ws");

  return (request, readHeaders) =>
    createClient({ url: place.href, connectionParams: readHeaders, retryAttempts: 60 }).iterate(
      request,
    );
}
