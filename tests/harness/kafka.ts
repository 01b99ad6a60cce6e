import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, isListening, isMissing, ServerProcess } from "./server-process.ts";

/** How long a broker may take to be ready, in ms: a Java machine on a machine that does much else. */
const START_MS = 120_000;

/** A real Kafka broker in a process and folder of its own. Disposing stops it. */
export interface KafkaServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** kill -9; what it has written is there after the next start. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Where the broker's jars lie; scripts/services/install.sh puts them there. */
function jars(): string {
  return join(process.env.TIDEOVER_KAFKA ?? join(homedir(), ".cache/tideover/kafka-4.1.0"), "libs");
}

/**
 * Whether tests that need a real Kafka can run.
 * @returns false where it is not installed, after saying so
 * @throws Error in continuous integration (CI=true)
 */
export function hasKafka(): boolean {
  if (existsSync(jars()) && spawnSync("java", ["-version"]).status === 0) return true;
  return isMissing("A Kafka broker", "scripts/services/install.sh kafka");
}

/** Starts a broker on free ports of the loopback. @throws Error with its log when it is not ready in time */
export async function startKafka(): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-kafka-"));
  const [port = 0, controller = 0] = await freePorts(2);
  const settings = join(folder, "server.properties");
  writeFileSync(settings, properties(folder, port, controller));
  const java = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", join(jars(), "*")];
  const server = new ServerProcess({
    name: "Kafka",
    command: "java",
    args: [...java, "kafka.Kafka", settings],
    options: { cwd: folder },
    startMs: START_MS,
    isReady: async (said) => /Kafka Server started|\[KafkaRaftServer.*STARTED/.test(said()) || isListening(port),
  });
  const dispose = async () => {
    await server.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const format = ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", settings];
    execFileSync("java", [...java, ...format], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    await server.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    url: `kafka://127.0.0.1:${port}`,
    kill: () => server.stop("SIGKILL"),
    start: () => server.start(),
    [Symbol.asyncDispose]: dispose,
  };
}

/** One node that is broker and controller, with the replication that one node can give. */
function properties(folder: string, port: number, controller: number): string {
  const settings = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": join(folder, "data"),
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "auto.create.topics.enable": false,
    // The cleaner of compacted logs would take half of the little heap that a test's broker has.
    "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
