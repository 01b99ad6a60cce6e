import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileNameOf, wholeProgram } from "./given.ts";
import { type Block, CHECKOUT } from "./pages.ts";

/**
 * Where the pages' programs are written: inside the checkout, so that they find its packages; ignored by git; one for
 * each run, as two may run at a time.
 */
const FOLDER = `reports/docs-programs-${process.pid}`;

/** The programs of the pages, as files; the compiler is run over all of them at once. */
export interface Programs {
  /** The file of a block. */
  fileOf(block: Block): string;
  /** What the compiler says of a block, one problem a line; empty where it is right. */
  problemsOf(block: Block): string;
  /** Removes them. */
  remove(): void;
}

/**
 * Writes them and compiles them under the checkout's own strict options.
 * @param here gives a text the addresses of this run
 */
export async function writePrograms(blocks: readonly Block[], here: (text: string) => string): Promise<Programs> {
  const folder = `${CHECKOUT}${FOLDER}`;
  mkdirSync(folder, { recursive: true });
  const names = new Map(blocks.map((block) => [block, nameOf(block)]));
  for (const [block, name] of names) writeFileSync(`${folder}/${name}`, here(wholeProgram(block)));
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: "../../tsconfig.json",
      include: ["*.ts", "*.tsx"],
      compilerOptions: { paths: { react: ["../../node_modules/preact/compat/src/index.d.ts"] } },
    }),
  );
  const said = await compile(folder);
  // What is wrong with the sources themselves is said by the check of the types.
  const options = said.filter((line) => line.startsWith("error TS"));
  if (options.length > 0) throw new Error(`The compiler could not do its work:\n${options.join("\n")}`);
  return {
    fileOf: (block) => `${folder}/${names.get(block)}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    problemsOf: (block) => said.filter((line) => fileIn(line) === names.get(block)).join("\n"),
  };
}

const fileIn = (line: string): string => /([^/\s]+\.tsx?)\(\d+,\d+\): error/.exec(line)?.[1] ?? "";

function nameOf(block: Block): string {
  const { page, line, language } = block;
  const name = page
    .replace(/\.md$/, "")
    .replaceAll(/[^A-Za-z]+/g, "-")
    .toLowerCase();
  return fileNameOf(block) ?? `${name}-${line}.${language === "js" ? "mjs" : language}`;
}

async function compile(folder: string): Promise<readonly string[]> {
  const child = spawn(
    process.execPath,
    [`${CHECKOUT}node_modules/typescript/bin/tsc`, "-p", folder, "--pretty", "false"],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_OPTIONS: "" },
    },
  );
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  return said.split("\n");
}
