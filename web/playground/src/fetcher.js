import { createGraphiQLFetcher } from "@graphiql/toolkit";

/** What a tab's headers hold in place of a token; replaced by a fresh one at each request. */
export const DEMO_TOKEN = "{{demoToken}}";

/**
 * A GraphiQL fetcher that writes the demo person's fresh token where a tab asks for it.
 *
 * @param {string} url the GraphQL endpoint
 * @param {(() => Promise<string>) | null} demoLogin
 */
export function createFetcher(url, demoLogin) {
  const send = createGraphiQLFetcher({ url });
  return async (request, options = {}) => {
    const headers = { ...options.headers };
    for (const [name, value] of Object.entries(headers)) {
      if (demoLogin && String(value).includes(DEMO_TOKEN))
        headers[name] = String(value).replace(DEMO_TOKEN, await demoLogin());
    }
    return send(request, { ...options, headers });
  };
}
