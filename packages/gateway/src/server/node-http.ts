import type * as Http from "node:http";

/**
 * Node's HTTP module, asked for by name rather than imported: for an import Node reads every member of the module once,
 * and one of them (`WebSocket`) loads its whole fetch with that, 14 MB and 40 ms of a process that never fetches.
 */
export const nodeHttp: typeof Http = process.getBuiltinModule("node:http");
