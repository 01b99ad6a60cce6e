import { writeFile } from "node:fs/promises";
import { CommandError } from "./command.ts";
import type { Messages } from "./messages/index.ts";

/**
 * Writes a file that a command makes.
 * @param replace whether one that is there is written over
 * @param told the file's name for people, and the words
 * @throws CommandError where there is one already, or it cannot be written
 */
export async function writeNewFile(
  path: string,
  text: string,
  replace: boolean,
  told: { readonly file: string; readonly messages: Messages },
): Promise<void> {
  const { file, messages } = told;
  try {
    await writeFile(path, text, { flag: replace ? "w" : "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new CommandError(messages.fileExists(file));
    throw new CommandError(messages.cannotWrite(file, error instanceof Error ? error.message : String(error)));
  }
}
