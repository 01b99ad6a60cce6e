import { hasPostgres } from "../harness/postgres.ts";
import type { Beside } from "./beside/beside.ts";
import { modelHub } from "./beside/model-hub.ts";
import { modelServer } from "./beside/model-server.ts";
import { spanReceiver } from "./beside/span-receiver.ts";
import { tinyModelFolder } from "./beside/tiny-model-folder.ts";
import { twoGateways } from "./beside/two-gateways.ts";
import { hasJmeter, hasNpmPackages, hasOnnxRuntime, hasPython, PYTHON_WHEELS } from "./installed.ts";
import { jobOf, reviewEntry } from "./made-entries.ts";
import { type Block, blocksOf } from "./pages.ts";

/** What a block needs that its page leaves to the reader, and what is made shorter so that it does not take minutes. */
export interface Recipe {
  readonly page: string;
  /** A text that only this block of the page has. */
  readonly holds: string;
  /** Texts of the block, each with what is run in its place. */
  readonly inPlaceOf?: readonly (readonly [string, string])[];
  /** Files that are there when it runs, by name; `{port}`, `{upstream}` and `{database}` are those of this run. */
  readonly files?: Readonly<Record<string, string>>;
  /** The folder of the checkout that the page is about, where it runs. */
  readonly within?: string;
  /** Runs beside a PostgreSQL of its own. */
  readonly database?: boolean;
  /** Whether there is what it runs with; where there is not, that has been said. Absent: there is. */
  readonly canRun?: () => boolean;
  /** Runs at the top of the checkout. */
  readonly inCheckout?: boolean;
  /** Runs in a folder of its own: there is no configuration yet. */
  readonly alone?: boolean;
  /** The exit codes that are right; 0 where nothing is said. */
  readonly exits?: readonly number[];
  /** Done before it is run; what comes back stands for texts of the block. */
  readonly before?: (url: string) => Promise<readonly (readonly [string, string])[]>;
  /** What runs beside it. */
  readonly beside?: () => Promise<Beside>;
}

/** Whether a result of JMeter has a request in it, and none that failed. */
const JUDGED = "grep -q ',true,' result.jtl && ! grep ',false,' result.jtl";

/** The bench with Portkey as `npm run docs:install` has fetched it, where the bench looks for it. */
const PORTKEY =
  'TMPDIR="$DOCS_CHECKOUT/.tideover/peers" node --conditions=tideover-source tests/failover-bench/run.ts --portkey';

/** The beginning of the cross-check, with the same Portkey; one call in sixteen is more than five points (exit code 1). */
const CROSS_CHECKED =
  '(TMPDIR="$DOCS_CHECKOUT/.tideover/peers" npm run cross-check -- --seconds 4 || [ $? -le 2 ]) > checked.txt\n' +
  "grep '^tideover .* sockets' checked.txt && grep '^Portkey .* sockets' checked.txt #";

/** One small folder; that its share is lower than that of all (exit code 1) is no failure, that none was found is one. */
const MUTATED = '(npm run mutation -- layers/observe || [ $? = 1 ]) | grep "| layers/observe |"';

/** Stands for the whole suite, of which this is a part. */
const ONE_TEST = "packages/tideover/src/engine/kernels/ewma.test.ts";

const PROMPT = '{"prompt":"Describe the lamp","model":"deepseek-chat","temperature":0}\n';

/** LiteLLM's, as small as it gets. */
const LITELLM = `model_list:
  - model_name: deepseek-chat
    litellm_params: { model: deepseek/deepseek-chat, api_key: os.environ/DEEPSEEK_API_KEY }
`;

/** The scenario that the simulator's own page shows. */
const AFTERNOON =
  blocksOf("packages/simulator/src/scenario/README.md").find(({ language }) => language === "yaml")?.text ?? "";

/** A minute of somebody's traffic. */
const ARRIVALS = `TIMESTAMP,ContextTokens,GeneratedTokens\n${Array.from(
  { length: 60 },
  (_, second) => `2026-11-20 10:00:${String(second).padStart(2, "0")}.0000000,${100 + second},${40 + second}\n`,
).join("")}`;

const BATCH_LINE = (id: string, thing: string) =>
  `{"custom_id":"${id}","method":"POST","url":"/v1/chat/completions","body":{"model":"deepseek-chat","messages":[{"role":"user","content":"Describe the ${thing}"}]}}\n`;

/** The configuration of somebody with two providers that work. */
const TWO_PROVIDERS = `server: { port: {port} }
providers:
  deepseek: { preset: deepseek, apiKey: simulated, baseUrl: "{upstream}" }
  ark: { preset: deepseek, apiKey: simulated, baseUrl: "{upstream}" }
routes: [{ model: "*", ladder: [deepseek, ark] }]
`;

/** The configuration of a worker: its jobs are where the gateways put them. */
const SHARED_JOBS = `providers: { deepseek: { preset: deepseek, apiKey: simulated, baseUrl: "{upstream}" } }
stores: { jobs: "{database}" }
routes: [{ model: "*", ladder: [deepseek, ticket] }]
`;

export const RECIPES: readonly Recipe[] = [
  ...["README.md", "README.zh-CN.md", "docs/getting-started.md", "docs/getting-started.zh-CN.md"].flatMap((page) => [
    { page, holds: "npm ci && npm start", alone: true },
    { page, holds: "init --preset openai-compatible", alone: true },
    ...(page.startsWith("README")
      ? [{ page, holds: "npm ci && npm test", inPlaceOf: [["npm test", `npm test -- ${ONE_TEST}`]] as const }]
      : []),
    { page, holds: "export DEEPSEEK_API_KEY", alone: true, inPlaceOf: [["sk-…", "sk-simulated"]] as const },
  ]),
  {
    page: "docs/batch.md",
    holds: "tideover batch submit",
    files: { "prompts.jsonl": BATCH_LINE("lamp-1", "lamp") + BATCH_LINE("lamp-2", "shade") },
  },
  { page: "docs/batch.md", holds: "createReadStream", files: { "prompts.jsonl": BATCH_LINE("lamp-1", "lamp") } },
  { page: "docs/caching.md", holds: "tideover warm", files: { "prompts.jsonl": PROMPT } },
  {
    page: "docs/examples.md",
    holds: "npm run risk-decision",
    inPlaceOf: [["--seconds 60", "--seconds 1"]],
    // A busy machine may be late with a decision; then it says so.
    exits: [0, 1],
  },
  {
    page: "docs/failover-bench.md",
    holds: "npx vitest run tests/failover-bench",
    inCheckout: true,
    canRun: hasNpmPackages,
    inPlaceOf: [
      ["npx vitest run tests/failover-bench", "npx vitest run tests/failover-bench -t S08"],
      ["run.ts                         #", "run.ts S08 #"],
      [
        "node --conditions=tideover-source tests/failover-bench/run.ts --portkey               #",
        `(${PORTKEY} S01 || [ $? = 1 ]) | grep "^| Portkey, streamed" || exit 3 #`,
      ],
      ["S08 S09", "S01"],
    ],
    // A busy machine may be late with a scenario; then it says so.
    exits: [0, 1],
  },
  { page: "docs/history.md", holds: "for gateway in", beside: twoGateways },
  {
    page: "docs/local-model.md",
    holds: "npm install onnxruntime-node",
    alone: true,
    beside: () => modelHub("npm install onnxruntime-node"),
    canRun: hasOnnxRuntime,
  },
  {
    page: "docs/mutation.md",
    holds: "npm run mutation",
    inPlaceOf: [
      ["npm run mutation                           #", `${MUTATED} #`],
      ["npm run mutation -- kernels layers/retry   #", `${MUTATED} #`],
    ],
  },
  {
    page: "docs/observability.md",
    holds: "npm install @opentelemetry/sdk-node",
    alone: true,
    beside: spanReceiver,
    canRun: hasNpmPackages,
  },
  { page: "docs/migrate.md", holds: "tideover import", alone: true, files: { "config.yaml": LITELLM } },
  {
    page: "docs/operations.md",
    holds: "tideover -- doctor",
    alone: true,
    files: { "tideover.yaml": TWO_PROVIDERS },
  },
  {
    page: "docs/operations.md",
    holds: "tideover -- replay",
    inPlaceOf: [["--seconds 60 --profile peak", "--seconds 1 --profile faults"]],
  },
  {
    page: "docs/simulator.md",
    holds: "npm run busy-hour",
    // So few calls are over before the hour gets bad: there is no recovery to be seen, and the gate says so.
    inPlaceOf: [
      ["npm run busy-hour     ", "npm run busy-hour -- --calls 100 --seeds 1 || [ $? = 1 ]"],
      ["--trace arrivals.csv     ", "--trace $PWD/arrivals.csv --calls 100 --seeds 1 || [ $? = 1 ]"],
    ],
    files: { "arrivals.csv": ARRIVALS },
  },
  {
    page: "docs/simulator.md",
    holds: "npm run cross-check",
    canRun: hasNpmPackages,
    inPlaceOf: [
      ["npm run cross-check                              #", ": #"],
      ["npm run cross-check -- --seconds 4               #", CROSS_CHECKED],
    ],
  },
  {
    page: "docs/simulator.md",
    holds: "npx tideover simulate busy-hour",
    inPlaceOf: [
      ["simulate busy-hour", "simulate busy-hour --calls 100"],
      ["my-afternoon.yaml", "my-afternoon.yaml --calls 100"],
      ["--seeds 5", "--calls 100"],
    ],
    files: { "my-afternoon.yaml": AFTERNOON },
  },
  {
    page: "docs/tickets.md",
    holds: "respond-async, wait=10",
    inPlaceOf: [
      ["wait=10'", "wait=1'"],
      ["deepseek-chat", "patient-chat"],
    ],
  },
  {
    page: "docs/tickets.md",
    holds: "tideover work",
    alone: true,
    database: true,
    files: { "tideover.yaml": SHARED_JOBS },
    canRun: hasPostgres,
  },
  {
    page: "docs/tickets.md",
    holds: "tideover jobs retry",
    before: async (url) => [
      ["job_7eb13be2bb5e4131ac65726b275428ee", await jobOf(url, "fault-422", "failed")],
      ["job_2c5e7a9b216b1f0c9ad0e94b3f8f0f6d", await jobOf(url, "patient-chat", "running")],
    ],
  },
  {
    page: "deploy/load/README.md",
    holds: "locust -f",
    // The gateway of the pages is the one that serves.
    inPlaceOf: [
      ["npm start &", ":"],
      // What is not answered when it ends does not count, and nothing answered fails it: time for a busy machine.
      ["~/locust/bin/locust -f", "RAMP=1 PLATEAU=10 ~/locust/bin/locust -f"],
      // In its folder, from what was fetched beforehand.
      ["python3 -m venv", `export PIP_NO_INDEX=1 PIP_FIND_LINKS="$DOCS_CHECKOUT/${PYTHON_WHEELS}"\npython3 -m venv`],
      ["~/locust", "$PWD/locust"],
      ["--users 200", "--users 4"],
      ["-Jport=8787", "-Jport=$DOCS_PORT"],
      // JMeter's exit code says nothing of what failed.
      ["-Jusers=200 -Jramp=120 -Jseconds=600 -l result.jtl", `-Jusers=4 -Jramp=1 -Jseconds=4 -l result.jtl\n${JUDGED}`],
    ],
    canRun: () => hasPython() && hasJmeter(),
  },
  {
    page: "deploy/models/README.md",
    holds: "quantize.py",
    files: { "questions.txt": "The tide rises and falls twice a day.\n" },
    beside: tinyModelFolder,
    canRun: () => hasPython() && hasOnnxRuntime(),
  },
  {
    page: "deploy/models/README.md",
    holds: "trtllm-serve",
    beside: () => modelServer("trtllm", "trtllm"),
  },
  {
    page: "deploy/models/README.md",
    holds: "make-repository.sh",
    alone: true,
    inPlaceOf: [["deploy/models", "$DOCS_CHECKOUT/deploy/models"]],
    beside: () => modelServer("triton", "kserve"),
  },
  {
    page: "examples/product-descriptions/README.md",
    holds: "npm start",
    within: "examples/product-descriptions",
  },
  {
    page: "examples/product-descriptions/README.md",
    holds: "tideover review",
    before: async (url) => [["review_…", await reviewEntry(url)]],
  },
  {
    page: "examples/risk-decision/README.md",
    holds: "npm run risk-decision",
    inPlaceOf: [["--seconds 10", "--seconds 1"]],
    // A busy machine may be late with a decision; then it says so.
    exits: [0, 1],
  },
  {
    page: "packages/gateway/README.md",
    holds: "tideover init",
    alone: true,
    beside: () => modelHub("tideover model pull"),
    files: { "tideover.yaml": TWO_PROVIDERS },
    inPlaceOf: [
      ["tideover init ", "tideover init --yes --output other.yaml "],
      ["replay --generated", "replay --generated --seconds 1 --profile faults"],
      ["simulate busy-hour", "simulate busy-hour --calls 100"],
    ],
  },
];

/** The recipe of a block; an empty one where it needs nothing. */
export function recipeOf(block: Block): Recipe {
  return (
    RECIPES.find(({ page, holds }) => page === block.page && block.text.includes(holds)) ?? {
      page: block.page,
      holds: block.text,
    }
  );
}
