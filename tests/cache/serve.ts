import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TideoverConfig } from "tideover/config";
import { type SpawnedCommand, spawnCommand } from "../acceptance/spawn-command.ts";

/** The real command in a process and a folder of its own, on a free port. Disposing kills what is left of it. */
export async function serve(config: TideoverConfig): Promise<SpawnedCommand> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-cache-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // JSON is YAML.
    await writeFile(
      join(folder, "tideover.yaml"),
      JSON.stringify({ ...config, server: { port: 0, ...config.server } }),
    );
    const command = await spawnCommand(["serve", "--log-level", "error"], folder);
    const dispose = async () => {
      await command[Symbol.asyncDispose]();
      await remove();
    };
    return { ...command, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await remove();
    throw error;
  }
}
