import { budget } from "./budget-schema.ts";
import * as z from "./chained.ts";
import { duration, offOr, rate, share, size, text } from "./scalars.ts";

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
    budget: budget.optional().describe("What the calls of this key may spend."),
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

const jobs = z
  .strictObject({
    workers: z.boolean().optional().describe("Whether this process works on jobs, beside accepting them."),
    concurrency: z.int().min(1).max(1_000).optional().describe("Most jobs that this process works on at once."),
    share: share.optional().describe("Share of a provider's current concurrency limit that jobs may use."),
    keep: duration.optional().describe("How long an ended job and its answer are kept."),
    secret: text
      .min(32, "must be at least 32 characters, such as the output of `openssl rand -hex 32`")
      .optional()
      .describe("Signs the links to jobs. Default: one that is made and kept in dataDir."),
  })
  .describe("How tickets are kept and worked on.");

const webhook = z
  .strictObject({
    url: text.describe("Where to send what happened: https, or http where private is true."),
    secrets: z
      .array(
        z
          .string()
          .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, "must be whsec_ and the base64 of 24 to 64 random bytes"),
      )
      .min(1)
      .max(5)
      .describe("Each `whsec_` and base64 of 24 to 64 random bytes; all sign, so that they can be changed one by one."),
    tenant: text.optional().describe("Only for this tenant's jobs. Default: everybody's."),
    events: z
      .array(z.enum(["job.succeeded", "job.failed", "job.expired", "job.cancelled"]))
      .min(1)
      .optional()
      .describe("Which events. Default: all."),
    private: z.boolean().optional().describe("It may be an address of a private network, and may be plain http."),
  })
  .describe("Who is told of jobs that ended.");

const shedding = offOr(
  z.strictObject({
    delay: duration.optional().describe("How late the event loop may run for long before calls are refused."),
    mostOpen: z
      .union([z.literal("auto"), z.int().min(1).max(100_000)])
      .optional()
      .describe("Most open requests of each process; auto: as many as its event loop bears."),
  }),
).describe("When new calls are refused so that those that are open stay smooth: the settings, or off.");

/** The `server` section. */
export const serverSchema = z.strictObject({
  host: text.optional().describe("Address to listen on; one beyond loopback needs keys, or open: true."),
  port: z.int().min(0).max(65_535).optional().describe("Port to listen on; 0 takes any free one."),
  region: text.optional().describe("Where the gateway runs; accounts of the same region are preferred."),
  dataDir: text.optional().describe("Folder of the embedded store: jobs, cache, history."),
  open: z.boolean().optional().describe("Serve beyond loopback without keys."),
  keys: z.array(callerKey).optional().describe("The callers; none means one anonymous tenant on loopback."),
  adminKey: text.optional().describe("The secret for the dashboard and its API beyond loopback."),
  jobs: jobs.optional(),
  webhooks: z.array(webhook).max(50).optional().describe("Who is told of jobs that ended (Standard Webhooks)."),
  allowedHosts: z
    .array(text)
    .optional()
    .describe("Host names, beside loopback's, that requests may carry when there are no keys."),
  passthroughKeys: z.boolean().optional().describe("Forward the caller's own bearer token to the provider."),
  limits: limits.optional(),
  shedding: shedding.optional(),
  workers: z
    .union([z.literal("auto"), z.int().min(1).max(64)])
    .optional()
    .describe("Processes that serve the port: a number, or auto (one for each core). 1 serves in the one process."),
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
  records: z
    .strictObject({
      requests: z.int().min(0).max(10_000).optional().describe("Recent requests to keep in memory, for the dashboard."),
      prompts: z.boolean().optional().describe("Keep the beginning of their prompts too."),
    })
    .optional()
    .describe("What is remembered of recent requests."),
  openMetrics: z.boolean().optional().describe("Serve /metrics to whoever can connect, without the admin key."),
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
  cacheMemory: size.optional().describe("Most memory that stored answers may take in each process."),
  jobs: text
    .optional()
    .describe("Where jobs are kept: sqlite (in dataDir), or an address such as postgres://localhost/tideover."),
  queue: text.optional().describe("The queue: embedded, or an address such as amqp://localhost or kafka://host:9092."),
  history: text
    .optional()
    .describe("Where the history is kept: sqlite (in dataDir), or an address such as postgres://localhost/tideover."),
  review: text
    .optional()
    .describe(
      "Where answers wait for people: sqlite (in dataDir), or an address such as postgres://localhost/tideover.",
    ),
});
