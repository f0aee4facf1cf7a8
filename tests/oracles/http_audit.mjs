// GraphQL over HTTP: every audit of graphql-http against a server, the shortfalls as JSON lines:
//   node http_audit.mjs URL  →  {status, id, name, reason} each; exit code 1 when there are any
import { serverAudits } from "graphql-http";

const audits = serverAudits({ url: process.argv[2] });
let shortfalls = 0;
for (const audit of audits) {
  const { status, id, name, reason } = await audit.fn();
  if (status !== "ok") shortfalls += console.log(JSON.stringify({ status, id, name, reason })) ?? 1;
}
console.log(JSON.stringify({ audits: audits.length, shortfalls }));
process.exit(shortfalls ? 1 : 0);
