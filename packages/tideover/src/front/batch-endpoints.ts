import { failureResponse, refusalResponse } from "./error-response.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
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

/** Files come as a form, and a cancellation without a body: for them the check of host and origin has to do. */
export function takesAnyContentType({ of, action }: BatchEndpoint): boolean {
  return of === "files" || action === "cancel";
}

/** Answers the endpoints of files and batches. */
export async function respondToBatches(
  exchange: Exchange,
  endpoint: BatchEndpoint,
  batches: FrontBatches | undefined,
  { tenant, keyName }: { readonly tenant: string; readonly keyName?: string | undefined },
): Promise<HttpResponse> {
  const { request } = exchange;
  try {
    const answer = await (batches?.respond({ endpoint, request, tenant, keyName }) ?? noBatchesHere());
    if (isCallerError(answer)) {
      exchange.end({ result: "refused", status: answer.status, code: answer.code });
      return refusalResponse(answer, exchange.id);
    }
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

function noBatchesHere(): CallerError {
  return callerError(
    "invalid_request",
    "This gateway keeps no files and batches: no route has the rung `ticket` on its ladder.",
    { status: 404 },
  );
}
