export { ALL_ENDPOINTS } from "./all-endpoints.ts";
export { ANONYMOUS_TENANT, type CallerKey, DEFAULT_MAX_PRIORITY, type Sha256 } from "./authenticate.ts";
export type { BatchRequest, FrontBatches } from "./batch-endpoints.ts";
export type { EndpointGroups } from "./endpoint-groups.ts";
export { refusalResponse } from "./error-response.ts";
export { type CallerError, callerError, ERROR_CATALOGUE, type ErrorEntry, isCallerError } from "./errors.ts";
export type { ExchangeRecord, ExchangeResult } from "./exchange.ts";
export { type FetchOptions, toFetch } from "./fetch-handler.ts";
export { createHandler } from "./front.ts";
export type { Admission, Admitted, FrontOptions, FrontRoute } from "./front-options.ts";
export type { Readiness } from "./health.ts";
export {
  type BodyReader,
  bytesOfBody,
  type Handler,
  type HttpBody,
  type HttpRequest,
  type HttpResponse,
  isWholeBody,
  textOfBody,
  type WholeBody,
  type WholeResponse,
} from "./http.ts";
export type { FrontJobs } from "./job-endpoints.ts";
export type { OfferedModel } from "./models.ts";
export { type ParseOptions, parseRequest } from "./parse-request.ts";
export { payloadTooLarge } from "./payload-too-large.ts";
export type { Provenance } from "./provenance-json.ts";
export { ResumableStreams } from "./resumable/resumable-streams.ts";
export type { BatchEndpoint } from "./route-request.ts";
export { DEFAULT_SETTINGS, type FrontSettings, KEEP_ALIVE_INTERVAL_MS, MOST_BODY_BYTES } from "./settings.ts";
export type { FrontStatus, ServiceStatus } from "./status-endpoints.ts";
export { type Sign, ticketUrl } from "./ticket-links.ts";
