/**
 * Builds the container image, measures it, and runs it: `npm run image`. With `--compose`, compose.yaml is brought up with it,
 * too. With `--local` every image that these start from is made of Debian's packages (needs root and mmdebstrap, see
 * `scripts/services/install.sh containers`), so that no registry of images is asked. Starts an engine where none runs, and
 * leaves nothing running. Exit code 1 when something does not hold.
 */
import { parseArgs } from "node:util";
import { checkCompose, needCompose } from "./check-compose.ts";
import { checkImage } from "./check-image.ts";
import { useEngine } from "./engine.ts";
import { layerSizes } from "./image-size.ts";
import { localBases, localServices } from "./local-images.ts";

const IMAGE = "tideover:try";
/** What the whole image may have, gzipped, in bytes. */
const MOST_BYTES = 100_000_000;

const { values } = parseArgs({ options: { local: { type: "boolean" }, compose: { type: "boolean" } } });
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
const startedAt = performance.now();
const say = (text: string) =>
  process.stdout.write(`[${((performance.now() - startedAt) / 1_000).toFixed(0)} s] ${text}\n`);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  await using engine = await useEngine(stop.signal);
  if (values.compose === true) await needCompose(engine);
  const bases = values.local === true ? await localBases(engine) : [];
  // The machine's own network: what reaches the registry of packages here reaches it there.
  const how = ["--network", "host", "--file", "deploy/container/Containerfile", "--tag", IMAGE];
  await engine.dockerShown(["build", ...how, ...bases, "."]);
  say("The image is built.");
  const sizes = await layerSizes(engine, IMAGE);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  say(`${megabytes(whole)} compressed; by layer ${sizes.map(megabytes).join(", ")}.`);
  if (whole >= MOST_BYTES) throw new Error(`The image has ${megabytes(whole)}; ${megabytes(MOST_BYTES)} are allowed.`);
  await checkImage(engine, IMAGE, stop.signal, (text) => say(`The image ${text}.`));
  if (values.compose === true) {
    const images = values.local === true ? await localServices(engine) : {};
    await checkCompose(engine, IMAGE, images, stop.signal, (text) => say(`Compose ${text}.`));
  }
  say("All of it holds.");
} catch (error) {
  // Whatever was under way when it was told to stop failed of that.
  say(((stop.signal.aborted ? stop.signal.reason : error) as Error).message);
  process.exitCode = 1;
}
