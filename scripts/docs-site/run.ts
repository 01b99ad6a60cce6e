/** Builds the documentation's site into `dist/docs`, or into the folder that is named. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSite } from "./build-site.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = resolve(process.argv[2] ?? `${root}dist/docs`);
const pages = await buildSite(root, folder);
process.stdout.write(`${pages.length} pages in ${folder}; open ${folder}/index.html\n`);
