import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, ServerProcess } from "./server-process.ts";

/** How long Prometheus may take to be ready on a busy machine, in ms. */
const START_MS = 60_000;

/** A series that a query gave: its labels, and its value now. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus that looks at one gateway every second; ended by `await using`. */
export interface RunningPrometheus extends AsyncDisposable {
  /** Asks a query as of now. @throws Error with Prometheus' own words for one that it does not understand */
  query(expr: string): Promise<readonly QueriedSeries[]>;
}

/**
 * Starts Prometheus before a gateway's `/metrics`.
 * @param target host and port of the gateway
 * @throws Error where it is not installed (`scripts/services/install.sh prometheus` installs it)
 */
export async function startPrometheus(target: string): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-prometheus-"));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const scrape = { job_name: "tideover", scrape_interval: "1s", static_configs: [{ targets: [target] }] };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yaml"), JSON.stringify({ scrape_configs: [scrape] }));
  const server = new ServerProcess({
    name: "Prometheus",
    command: "prometheus",
    args: [
      `--config.file=${join(folder, "prometheus.yaml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    isReady: async () => (await fetch(`${url}/-/ready`)).ok,
    startMs: START_MS,
  });
  await server.start();
  return {
    async query(expr) {
      const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
      const { error, data } = (await response.json()) as QueryAnswer;
      if (error !== undefined || data === undefined) throw new Error(`${expr}: ${error}`);
      return data.result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
    },
    async [Symbol.asyncDispose]() {
      await server.stop("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Prometheus' answer to an instant query. */
interface QueryAnswer {
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [at: number, text: string];
    }[];
  };
}
