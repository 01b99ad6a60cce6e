export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./node-transport.ts";
export { proxyFromEnvironment } from "./proxy-settings.ts";
