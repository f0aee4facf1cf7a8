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

/**
 * Forget the tabs of another installation: their password would be refused.
 *
 * @returns {boolean} whether this page opens for the first time here
 */
function isFirstVisit(demo) {
  const login = JSON.stringify(demo ?? null);
  if (localStorage.getItem("demo-login") === login) return false;
  localStorage.clear();
  localStorage.setItem("demo-login", login);
  return true;
}

const settings = await readSettings();
const demoLogin = settings.demo ? createDemoLogin("/graphql", settings.demo) : null;
const tabs = createTabs(settings);
// GraphiQL fills only the tabs one switches to; the one it opens with must be told.
const opened = isFirstVisit(settings.demo) ? { initialVariables: tabs[0].variables } : {};

createRoot(document.getElementById("playground")).render(
  <GraphiQL
    {...opened}
    fetcher={createFetcher("/graphql", demoLogin)}
    defaultTabs={tabs}
    defaultEditorToolsVisibility="variables"
    // What tabs keep is the words {{demoToken}}, which hold for longer than a token.
    shouldPersistHeaders
  />,
);
