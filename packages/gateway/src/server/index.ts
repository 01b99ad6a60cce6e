export { ServerStartError } from "./listen.ts";
export { type RunningServer, type ServerOptions, startServer } from "./node-server.ts";
