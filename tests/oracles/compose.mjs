// Two other composers, asked over JSON lines:
//   {id, composer: "apollo"|"guild", subgraphs: [{name, url, sdl}]}  →  {id, supergraph, hints: [code]}
//                                                                    or {id, errors: [{code, message}]}
import { composeServices as apollo } from "@apollo/composition";
import { composeServices as guild } from "@theguild/federation-composition";
import { GraphQLError, parse } from "graphql";
import { serve } from "./json_lines.mjs";

const COMPOSERS = { apollo, guild };

const described = (error) => ({
  code: error.extensions?.code ?? (error instanceof GraphQLError ? "INVALID_GRAPHQL" : "CRASH"),
  message: error.message,
});

function run(composer, subgraphs) {
  try {
    return COMPOSERS[composer](subgraphs.map(({ name, url, sdl }) => ({ name, url: url ?? "", typeDefs: parse(sdl) })));
  } catch (error) {
    return { errors: [error] };
  }
}

await serve(({ composer, subgraphs }) => {
  const result = run(composer, subgraphs);
  if (result.errors?.length) return { errors: result.errors.map(described) };
  return { supergraph: result.supergraphSdl, hints: (result.hints ?? []).map((hint) => hint.definition?.code ?? hint.code) };
});
