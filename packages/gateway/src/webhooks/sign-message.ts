import { createHmac } from "node:crypto";

/** Fewest and most bytes of a secret (Standard Webhooks 1.0.0, "Symmetric"). */
const SECRET_BYTES = { least: 24, most: 64 } as const;

/** Why a secret cannot be used; undefined for a good one. The message never repeats it. */
export function secretProblem(secret: string): string | undefined {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const bytes = text === undefined ? 0 : Buffer.from(text, "base64").length;
  if (bytes >= SECRET_BYTES.least && bytes <= SECRET_BYTES.most) return undefined;
  return `must be whsec_ and the base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} random bytes, such as the output of: echo "whsec_$(openssl rand -base64 32)"`;
}

/** One message as it is signed. */
export interface SignedParts {
  /** The same for each attempt at the message, so that a receiver takes it once. */
  readonly id: string;
  /** The moment of the attempt, in whole seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of Standard Webhooks 1.0.0: one signature for each secret, so that secrets can be changed one by one. */
export function signedHeaders(
  { id, timestamp, body }: SignedParts,
  secrets: readonly string[],
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signatures.join(" ") };
}
