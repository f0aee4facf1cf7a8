import home from "../../../schema/operations/home.graphql?raw";
import homeTimeline from "../../../schema/operations/home-timeline.graphql?raw";
import homeTimelineUpdates from "../../../schema/operations/home-timeline-updates.graphql?raw";
import logIn from "../../../schema/operations/log-in.graphql?raw";
import postTweet from "../../../schema/operations/post-tweet.graphql?raw";
import searchTweets from "../../../schema/operations/search-tweets.graphql?raw";
import suggestions from "../../../schema/operations/suggestions.graphql?raw";

import { DEMO_TOKEN } from "./fetcher.js";

const asDemo = JSON.stringify({ Authorization: `Bearer ${DEMO_TOKEN}` }, null, 2);
const print = (value) => JSON.stringify(value, null, 2);

/** The tabs a newcomer finds; they run as they stand, and the live timeline goes on moving. */
export function createTabs({ demo }) {
  const login = demo ?? { username: "", password: "" };
  const tweet = { text: "Hello from the playground", idempotencyKey: crypto.randomUUID() };
  return [
    { query: logIn, variables: print({ input: login }), headers: "" },
    { query: homeTimeline, variables: print({ first: 20 }), headers: asDemo },
    { query: homeTimelineUpdates, variables: print({ after: null }), headers: asDemo },
    { query: postTweet, variables: print({ input: tweet }), headers: asDemo },
    { query: suggestions, variables: print({ first: 10 }), headers: asDemo },
    { query: searchTweets, variables: print({ query: "playground" }), headers: "" },
    { query: home, variables: print({ first: 20 }), headers: asDemo },
  ];
}
