/**
 * Writes thirty days of history of a busy gateway (ten routes, ten providers, a hundred requests a second) and prints
 * how large the store is and how long the overview's range takes to be read.
 *
 *     npm run history-size
 *
 * Exit code 1 above 200 MB or 1 s. Leaves nothing.
 */
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { writeMonth } from "./synthetic-month.ts";

using folder = temporaryFolder();
const figures = await writeMonth(folder.path, 30);
process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
process.exitCode = figures.megabytes < 200 && figures.overviewMs < 1_000 ? 0 : 1;
