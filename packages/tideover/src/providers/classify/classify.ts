import { type Failure, failure, type JsonObject } from "../../engine/index.ts";
import type { ErrorRule } from "../catalogue/preset.ts";
import { type ErrorDescription, readErrorBody, readErrorObject } from "./error-body.ts";
import { type Judgement, judge } from "./judge.ts";
import { maskSecrets } from "./mask-secrets.ts";
import { readStatedConcurrency } from "./phrases.ts";
import { type HeaderReader, readRetryAfter } from "./retry-after.ts";
import { statusOfStreamError } from "./stream-status.ts";

/** At whom an error happened, and how the request had gone out. */
export interface ErrorContext {
  /** Name of the provider. */
  readonly provider: string;
  /** The host's own rules; they come before the general ones. */
  readonly rules: readonly ErrorRule[];
  /** The request was not as the caller wrote it (transport fields aside), so an error in it need not be the caller's. */
  readonly changed: boolean;
  /** The key that was used, so that it can be kept out of every text. */
  readonly apiKey?: string | undefined;
}

/** A response other than 2xx. */
export interface ErrorResponse extends ErrorContext {
  readonly status: number;
  readonly header: HeaderReader;
  /** The body, or as much of it as was read. */
  readonly bodyText: string;
  /** Now, in ms since the Unix epoch: a Retry-After may be a date. */
  readonly wallTimeMs: number;
}

/** What a provider's error response means. */
export function classifyResponse(response: ErrorResponse): Failure {
  const { status, bodyText } = response;
  const contentType = response.header("content-type") ?? "";
  const error = readErrorBody(bodyText, contentType);
  const passed = {
    status,
    contentType: contentType === "" ? guessContentType(error) : contentType,
    body: withoutKey(bodyText, response.apiKey),
  };
  const retryAfterMs = readRetryAfter(response.header, error.message, response.wallTimeMs);
  return build(response, status, error, judge(status, error, response.rules), false, passed, retryAfterMs);
}

/**
 * What an error object inside a 200 means.
 * @param value the frame that holds it, or its member `error`.
 * @param committed content had been handed on before. The request had then been accepted, so it is the provider's fault.
 */
export function classifyStreamError(context: ErrorContext, value: JsonObject, committed: boolean): Failure {
  const error = readErrorObject(value);
  const status = statusOfStreamError(error);
  const judgement = judge(status, error, context.rules);
  if (committed && (judgement.kind === "caller" || judgement.kind === "incompatible")) {
    return build(context, status, error, { kind: "fault", reason: "error-in-stream" }, true, undefined, undefined);
  }
  const envelope = "error" in value ? value : { error: value };
  const passed = {
    status,
    contentType: "application/json",
    body: withoutKey(JSON.stringify(envelope), context.apiKey),
  };
  const reason = judgement.reason === "http-500" ? "error-in-stream" : judgement.reason;
  return build(context, status, error, { ...judgement, reason }, committed, passed, undefined);
}

function build(
  context: ErrorContext,
  status: number,
  error: ErrorDescription,
  judgement: Judgement,
  committed: boolean,
  passed: Failure["passed"],
  retryAfterMs: number | undefined,
): Failure {
  const kind = judgement.kind === "caller" && context.changed ? "incompatible" : judgement.kind;
  const said = maskSecrets(error.message, context.apiKey);
  const message = `${context.provider} answered ${status}${said === "" ? "." : `: ${said}`}`;
  const statedConcurrency = kind === "overloaded" ? readStatedConcurrency(error.message) : undefined;
  return failure(kind, judgement.reason, message, {
    provider: context.provider,
    status,
    committed,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(statedConcurrency === undefined ? {} : { statedConcurrency }),
    ...(kind === "caller" && passed !== undefined ? { passed } : {}),
  });
}

/** The body goes to the caller as it is; only the key, should it be quoted, is taken out. */
function withoutKey(text: string, apiKey: string | undefined): string {
  return apiKey === undefined || apiKey === "" ? text : text.replaceAll(apiKey, "****");
}

function guessContentType(error: ErrorDescription): string {
  return error.json ? "application/json" : "text/plain; charset=utf-8";
}
