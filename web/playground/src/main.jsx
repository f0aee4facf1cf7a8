import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./playground.css";

import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { createDemoLogin } from "./demo-login.js";
import { createFetcher } from "./fetcher.js";
import { createTabs } from "./tabs.js";

/** The page's settings, written by whoever serves it; an empty playground where there are none. */
async function readSettings() {
  const answer = await fetch("/playground.json");
  return answer.ok ? answer.json() : {};
}

const settings = await readSettings();
const demoLogin = settings.demo ? createDemoLogin("/graphql", settings.demo) : null;

createRoot(document.getElementById("playground")).render(
  <GraphiQL
    fetcher={createFetcher("/graphql", demoLogin)}
    defaultTabs={createTabs(settings)}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
  />,
);
