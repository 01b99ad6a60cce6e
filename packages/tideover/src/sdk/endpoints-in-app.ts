import type { EndpointGroups } from "../front/index.ts";

/**
 * The endpoints that an application may never ask for: each group is a module of its own, loaded with the first request
 * for it. One that could not be loaded (no network) is asked for again by the next request. Jobs, batches and the status
 * are a gateway's.
 */
export const ENDPOINTS_IN_APP: EndpointGroups = {
  messages: async () => (await import("../front/messages-endpoint.ts")).messagesEndpoints,
  responses: async () => (await import("../front/responses-endpoint.ts")).responsesEndpoints,
};
