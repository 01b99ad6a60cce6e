import { expect } from "vitest";
import { PAGES, standIn } from "../../../packages/gateway/src/local-servers/testing/stand-in-servers.ts";
import type { Beside } from "./beside.ts";

/** A stand-in for a server of models, on a free port; the page's look at this machine finds it. */
export async function modelServer(kind: "triton" | "trtllm", preset: string): Promise<Beside> {
  const server = await standIn(PAGES[kind]);
  const look = `tideover model servers --ports ${server.port}`;
  return {
    inPlaceOf: [["tideover model servers ", `${look} | tee found.txt && grep -w 'preset: ${preset}' found.txt `]],
    prove: () => expect(server.asked).not.toEqual([]),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
