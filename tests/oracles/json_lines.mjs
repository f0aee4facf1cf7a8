// One JSON object a line in, one a line out, so that one process serves a whole test session.
import { createInterface } from "node:readline";

export async function serve(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const question = JSON.parse(line);
    let reply;
    try {
      reply = await answer(question);
    } catch (error) {
      reply = { errors: [{ code: error.extensions?.code ?? "CRASH", message: String(error.message ?? error) }] };
    }
    process.stdout.write(`${JSON.stringify({ id: question.id, ...reply })}\n`);
  }
}
