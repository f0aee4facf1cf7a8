import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { getOperationAST } from "graphql";

import { createLiveFetcher } from "./live-fetcher.js";

/** What a tab's headers hold in place of a token; replaced by a fresh one at each request. */
export const DEMO_TOKEN = "{{demoToken}}";

/**
 * A GraphiQL fetcher that writes the demo person's fresh token where a tab asks for it, and sends
 * subscriptions over a WebSocket.
 *
 * @param {string} url the GraphQL endpoint
 * @param {ReturnType<typeof import("./demo-login.js").createDemoLogin> | null} demoLogin
 */
export function createFetcher(url, demoLogin) {
  const send = createGraphiQLFetcher({ url });
  const sendLive = createLiveFetcher(url);
  return async (request, options = {}) => {
    const readHeaders = () => withToken(options.headers, demoLogin);
    if (isSubscription(request, options)) return sendLive(request, readHeaders);
    const answers = await send(request, { ...options, headers: await readHeaders() });
    return watched(answers, demoLogin);
  };
}

function isSubscription({ operationName }, { documentAST }) {
  const operation = documentAST && getOperationAST(documentAST, operationName);
  return operation?.operation === "subscription";
}

/** Pass answers on; where the demo person's session was ended, the next request logs in anew. */
async function* watched(answers, demoLogin) {
  for await (const answer of Symbol.asyncIterator in answers ? answers : [answers]) {
    if (isUnauthenticated(answer)) demoLogin?.forget();
    yield answer;
  }
}

function isUnauthenticated(answer) {
  return answer.errors?.some(({ extensions }) => extensions?.code === "UNAUTHENTICATED");
}

async function withToken(headers, demoLogin) {
  const written = { ...headers };
  for (const [name, value] of Object.entries(written)) {
    if (demoLogin && String(value).includes(DEMO_TOKEN))
      written[name] = String(value).replace(DEMO_TOKEN, await demoLogin.token());
  }
  return written;
}
