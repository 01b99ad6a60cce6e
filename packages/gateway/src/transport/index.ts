export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./node-transport.ts";
export { type ProxySettings, proxyFromEnvironment } from "./proxy-settings.ts";
