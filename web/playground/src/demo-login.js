import logIn from "../../../schema/operations/log-in.graphql?raw";

/** Seconds before its end at which a token counts as stale. */
const MARGIN_SECONDS = 60;

/**
 * Keeps an access token of the demo person fresh: logs in at first use and again shortly before
 * the token ends, so that a tab left open keeps working.
 *
 * @param {string} url the GraphQL endpoint
 * @param {{username: string, password: string}} demo
 * @returns {{token: () => Promise<string>, forget: () => void}} gives a token that holds for at
 *   least a minute, unless its session was ended elsewhere: then forget it
 */
export function createDemoLogin(url, demo) {
  let token = null;
  let staleAt = 0;
  let underWay = null;

  async function renew() {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: logIn, variables: { input: demo } }),
    });
    const tokens = (await answer.json()).data?.logIn;
    if (!tokens?.accessToken) throw new Error(tokens?.message ?? "The demo login was refused.");
    token = tokens.accessToken;
    staleAt = Date.now() + (tokens.expiresIn - MARGIN_SECONDS) * 1000;
  }

  return {
    async token() {
      if (Date.now() >= staleAt) {
        underWay ??= renew().finally(() => (underWay = null));
        await underWay;
      }
      return token;
    },
    forget() {
      staleAt = 0;
    },
  };
}
