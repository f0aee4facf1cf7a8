import home from "../../../schema/operations/home.graphql?raw";
import logIn from "../../../schema/operations/log-in.graphql?raw";
import postTweet from "../../../schema/operations/post-tweet.graphql?raw";
import searchTweets from "../../../schema/operations/search-tweets.graphql?raw";

import { DEMO_TOKEN } from "./fetcher.js";

const asDemo = JSON.stringify({ Authorization: `Bearer ${DEMO_TOKEN}` }, null, 2);
const print = (value) => JSON.stringify(value, null, 2);

/** The tabs a newcomer finds: log in, post, home, search; they run as they stand. */
export function createTabs({ demo }) {
  const login = demo ?? { username: "", password: "" };
  const tweet = { text: "Hello from the playground", idempotencyKey: crypto.randomUUID() };
  return [
    { query: logIn, variables: print({ input: login }), headers: "" },
    { query: postTweet, variables: print({ input: tweet }), headers: asDemo },
    { query: home, variables: print({ first: 20 }), headers: asDemo },
    { query: searchTweets, variables: print({ query: "playground" }), headers: "" },
  ];
}
