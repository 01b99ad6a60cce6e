import type { EndpointGroup } from "./endpoint-groups.ts";
import { failureResponse } from "./error-response.ts";
import { type CallerError, isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { noBatchesHere } from "./not-kept-here.ts";
import { admit, refuse } from "./respond-to-call.ts";
import { identityHeaders } from "./response-headers.ts";
import type { BatchEndpoint } from "./route-request.ts";
import { callerGone, internalFailure } from "./running-call.ts";

/** A request for files or batches whose caller has been admitted. */
export interface BatchRequest {
  readonly endpoint: BatchEndpoint;
  readonly request: HttpRequest;
  /** Whose files and batches may be seen and made. */
  readonly tenant: string;
  readonly keyName?: string | undefined;
}

/** Whoever keeps files and batches. */
export interface FrontBatches {
  /** Answers a request, or says what is wrong with it. Whatever it throws is a defect. */
  respond(request: BatchRequest): Promise<HttpResponse | CallerError>;
}

/** The endpoints of files and batches. */
export const batchEndpoints: EndpointGroup<"batch"> = {
  respond(front, exchange, endpoint) {
    const caller = admit(front, exchange, takesAnyContentType(endpoint));
    if (isCallerError(caller)) return refuse(exchange, caller);
    return respondToBatches(exchange, endpoint, front.options.batches, caller);
  },
};

/** Files come as a form, and a cancellation without a body: for them the check of host and origin has to do. */
function takesAnyContentType({ of, action }: BatchEndpoint): boolean {
  return of === "files" || action === "cancel";
}

async function respondToBatches(
  exchange: Exchange,
  endpoint: BatchEndpoint,
  batches: FrontBatches | undefined,
  { tenant, keyName }: { readonly tenant: string; readonly keyName?: string | undefined },
): Promise<HttpResponse> {
  const { request } = exchange;
  try {
    const answer = await (batches?.respond({ endpoint, request, tenant, keyName }) ?? noBatchesHere());
    if (isCallerError(answer)) return refuse(exchange, answer);
    exchange.end({ result: "answered", status: answer.status });
    const headers = { ...answer.headers, ...identityHeaders(exchange.id) };
    return { ...answer, headers };
  } catch (error) {
    // Whoever was sending a file and left is no defect of ours, and hears nothing more.
    if (request.signal.aborted) return failureResponse(exchange, callerGone(), { struck: "nothing" });
    exchange.noteThrown(error);
    return failureResponse(exchange, internalFailure(), { struck: "nothing" });
  }
}
