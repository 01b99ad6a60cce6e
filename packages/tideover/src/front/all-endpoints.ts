import { batchEndpoints } from "./batch-endpoints.ts";
import type { EndpointGroups } from "./endpoint-groups.ts";
import { jobEndpoints } from "./job-endpoints.ts";
import { messagesEndpoints } from "./messages-endpoint.ts";
import { responsesEndpoints } from "./responses-endpoint.ts";
import { statusEndpoints } from "./status-endpoints.ts";

/** Every group of endpoints, there from the start: for servers. */
export const ALL_ENDPOINTS: EndpointGroups = {
  messages: () => messagesEndpoints,
  responses: () => responsesEndpoints,
  jobs: jobEndpoints,
  batches: batchEndpoints,
  status: statusEndpoints,
};
