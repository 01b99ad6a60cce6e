import { type Failure, failure } from "tideover/engine";

/** Where and when a connection failed. */
export interface FailureContext {
  /** The target, as `host:port`. */
  readonly target: string;
  /** A byte of the answer had come. */
  readonly anyByte: boolean;
}

interface Explanation {
  readonly reason: string;
  readonly message: string;
}

/** Certificate errors that have their own advice; the others get the general one. */
const CERTIFICATE_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired; its operator must renew it (or this machine's clock is wrong)",
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check this machine's clock",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; give its authority as a custom CA",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from an unknown authority; give that authority as a custom CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate comes from an unknown authority; give that as a custom CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate chain is incomplete or unknown; give its authority as a custom CA",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name; check the host name in baseUrl",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS there; should baseUrl begin with http:// ?",
  EPROTO: "the TLS handshake failed; should baseUrl begin with http:// ?",
};

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO)/;

/** Explanations by error code; the code alone decides, never the text of a message. */
function explain(code: string, target: string): Explanation | undefined {
  switch (code) {
    case "ECONNREFUSED":
      return {
        reason: "connection-refused",
        message: `Nothing listens at ${target} (connection refused). Is the server running, and is baseUrl right?`,
      };
    case "ENOTFOUND":
      return {
        reason: "dns-failure",
        message: `The name in ${target} is unknown to DNS. Check the spelling of baseUrl.`,
      };
    case "EAI_AGAIN":
    case "EAI_FAIL":
      return {
        reason: "dns-failure",
        message: `The name in ${target} could not be looked up: DNS does not answer. Check this machine's network.`,
      };
    case "ECONNRESET":
      return { reason: "connection-reset", message: `${target} reset the connection.` };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
    case "ENETDOWN":
      return {
        reason: "host-unreachable",
        message: `There is no network path to ${target}. Check the network, the firewall and HTTPS_PROXY.`,
      };
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return {
        reason: "connect-timeout",
        message: `${target} did not answer the connection attempt. Check the network, the firewall and HTTPS_PROXY.`,
      };
    case "HTTP_CLOSED":
    case "UND_ERR_SOCKET":
    case "EPIPE":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
    case "HPE_INVALID_EOF_STATE":
      return { reason: "connection-lost", message: `${target} closed the connection before the answer was whole.` };
    case "HTTP_HEADERS_OVERFLOW":
    case "UND_ERR_HEADERS_OVERFLOW":
      return { reason: "headers-too-large", message: `${target} sent more response headers than are accepted.` };
    case "HTTP_DESTROYED":
    case "UND_ERR_DESTROYED":
    case "UND_ERR_CLOSED":
      return { reason: "transport-closed", message: "Tideover is shutting down; no more requests are sent." };
    case "HTTP_MANY_ORIGINS":
    case "UND_ERR_MAX_ORIGINS_REACHED":
      return { reason: "too-many-origins", message: `Too many different hosts are in use to open one to ${target}.` };
    case "HTTP_REQUEST_INVALID":
    case "UND_ERR_INVALID_ARG":
      return {
        reason: "invalid-request",
        message: `The request to ${target} cannot be sent: a header or the URL holds characters that HTTP does not allow. Check apiKey, headers and baseUrl for line breaks and spaces.`,
      };
    case "UND_ERR_PRX_CONN":
    case "UND_ERR_PRX_TLS":
    case "UND_ERR_ABORTED":
      return {
        reason: "proxy-failure",
        message: `The proxy did not open a tunnel to ${target}. Check HTTPS_PROXY and its user name and password, or put the host into NO_PROXY.`,
      };
    default:
      return undefined;
  }
}

/**
 * The failure that an error of the HTTP client means: always a `fault`, recognised by its code. `beforeAnyByte` is
 * set when no byte of the answer had come, also on a kept connection that turned out to be stale.
 */
export function connectionFailure(error: unknown, context: FailureContext): Failure {
  const code = codeOf(error);
  const { reason, message } = explanationOf(code, error, context.target);
  return context.anyByte
    ? failure("fault", reason, message)
    : failure("fault", reason, message, { beforeAnyByte: true });
}

function explanationOf(code: string, error: unknown, target: string): Explanation {
  const known = explain(code, target);
  if (known !== undefined) return known;
  if (TLS_CODE.test(code)) {
    const advice = CERTIFICATE_ADVICE[code] ?? "its certificate or the TLS handshake was refused";
    return { reason: "tls-failure", message: `No secure connection to ${target}: ${advice} (${code}).` };
  }
  if (code.startsWith("HPE_") || code === "HTTP_INVALID") {
    return {
      reason: "protocol-error",
      message: `${target} answered with something that is not valid HTTP (${code}). Check the port and http/https in baseUrl.`,
    };
  }
  const name = code !== "" ? code : error instanceof Error ? error.name : "unknown error";
  return { reason: "connection-lost", message: `The exchange with ${target} failed (${name}).` };
}

/** The error's own code, or that of its cause: undici wraps some. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if (error instanceof Error && error.name === "HTTPParserError" && !("code" in error && error.code !== undefined)) {
    // undici 8 loses the parser's code; a parser that stopped with no data left stopped at the end of the connection.
    return (error as { data?: unknown }).data === "" ? "HPE_INVALID_EOF_STATE" : "HPE_INVALID";
  }
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === "string" && code !== "UND_ERR") return code;
  return cause === undefined || cause === error ? "" : codeOf(cause);
}
