import type * as Http from "node:http";
import type * as Https from "node:https";

/**
 * Node's HTTP modules, asked for by name rather than imported: for an import Node reads every member of the module once,
 * and one of them (`WebSocket`) loads its whole fetch with that, 14 MB and 40 ms of a process that never fetches.
 */
export const nodeHttp: typeof Http = process.getBuiltinModule("node:http");
export const nodeHttps: typeof Https = process.getBuiltinModule("node:https");
