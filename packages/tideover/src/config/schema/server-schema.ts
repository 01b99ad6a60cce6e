import * as z from "zod";
import { duration, rate, size, text } from "./scalars.ts";

const callerKey = z
  .strictObject({
    name: text.describe("Name of the key, in logs and figures."),
    key: text.describe("The secret the caller sends, or sha256:<64 hex digits> of it."),
    tenant: text.optional().describe("Whose requests they are; answers never cross tenants. Default: the key's name."),
    maxPriority: z.int().min(0).max(7).optional().describe("The most urgent priority (0 to 7) this key may ask for."),
    rate: z
      .strictObject({
        requests: rate.optional().describe("Requests in a time."),
        tokens: rate.optional().describe("Tokens in a time."),
      })
      .optional()
      .describe("What this key may use."),
  })
  .describe("A caller.");

const limits = z
  .strictObject({
    body: size.optional().describe("Largest request body."),
    headers: size.optional().describe("Largest request head."),
    headersTimeout: duration.optional().describe("Longest time a client may take to send its request head."),
    bodyTimeout: duration.optional().describe("Longest time a client may take to send its whole request."),
    writeTimeout: duration.optional().describe("Longest time a client may take nothing of what is sent to it."),
  })
  .describe("What a client may send, and how slowly.");

/** The `server` section. */
export const serverSchema = z.strictObject({
  host: text.optional().describe("Address to listen on; one beyond loopback needs keys, or open: true."),
  port: z.int().min(0).max(65_535).optional().describe("Port to listen on; 0 takes any free one."),
  dataDir: text.optional().describe("Folder of the embedded store: jobs, cache, history."),
  open: z.boolean().optional().describe("Serve beyond loopback without keys."),
  keys: z.array(callerKey).optional().describe("The callers; none means one anonymous tenant on loopback."),
  adminKey: text.optional().describe("The secret for the dashboard and its API beyond loopback."),
  allowedHosts: z
    .array(text)
    .optional()
    .describe("Host names, beside loopback's, that requests may carry when there are no keys."),
  passthroughKeys: z.boolean().optional().describe("Forward the caller's own bearer token to the provider."),
  limits: limits.optional(),
  keepAlive: z
    .strictObject({
      interval: duration.optional().describe("Silence towards a caller after which a keep-alive is sent."),
      unary: z.boolean().optional().describe("Keep unstreamed responses alive with leading blank lines."),
    })
    .optional()
    .describe("How a waiting caller is kept."),
  drain: duration.optional().describe("How long open streams may go on after the signal to stop."),
  provenance: z
    .strictObject({
      headers: z.boolean().optional().describe("Tideover-* response headers."),
      body: z.boolean().optional().describe("The tideover object in bodies and on the last chunk of streams."),
    })
    .optional()
    .describe("How the account of an answer is given."),
  proxy: text
    .optional()
    .describe("Proxy for calls to providers: an address, environment (HTTPS_PROXY, NO_PROXY) or off."),
  ca: z
    .union([text, z.array(text).min(1)])
    .optional()
    .describe("PEM files of certificate authorities to trust beside the built-in ones."),
});

/** The `stores` section. */
export const storesSchema = z.strictObject({
  cache: text.optional().describe("Second level of the cache behind memory, such as redis://127.0.0.1:6379."),
  jobs: text.optional().describe("Where jobs are kept, such as postgres://localhost/tideover."),
  queue: text.optional().describe("The queue, such as amqp://localhost or kafka://host:9092."),
});
