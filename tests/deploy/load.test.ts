import { describe, expect, test } from "vitest";
import { readText } from "./deploy-files.ts";

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const numbersIn = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map(([, number]) => Number(number));

describe("load plans", () => {
  const shares = numbersIn(readText("deploy/load/README.md"), /^\|[^|]+\| (\d+)% \|/gm);

  test("the parts of the traffic are all of it, in the page and in both plans", () => {
    expect(sum(shares)).toBe(100);
    expect(numbersIn(readText("deploy/load/locustfile.py"), /@task\((\d+)\)/g)).toEqual(shares);
    const jmeter = numbersIn(readText("deploy/load/chat.jmx"), /<value>(\d+)\.0<\/value>/g);
    // What JMeter cannot leave half-way it reads to the end.
    expect(jmeter).toEqual([40, 35, ...shares.slice(2)]);
    expect(sum(jmeter)).toBe(100);
  });

  test("both ask the gateway's own path, and hold a stream to its end", () => {
    for (const file of ["locustfile.py", "chat.jmx"]) {
      expect(readText(`deploy/load/${file}`)).toContain("/v1/chat/completions");
      expect(readText(`deploy/load/${file}`)).toContain("[DONE]");
    }
  });
});

describe("the sizing guide", () => {
  const page = readText("docs/deployment.md");
  const rows = page
    .split("\n")
    .filter((line) => /^\| [\d,]+ \| [\d,]+ \| \d+ \|/.test(line))
    .map((line) => line.split("|").map((cell) => Number.parseFloat(cell.replaceAll(",", ""))));

  test("its table is what its formulas say", () => {
    expect(rows.map(([, streams]) => streams)).toEqual([1_000, 10_000, 30_000, 100_000]);
    for (const [, streams = 0, chunks, processes = 0, pods = 0, cores] of rows) {
      expect(chunks).toBe(streams * 20);
      expect(processes).toBe(Math.ceil((streams * 20) / 20_000 / 0.6));
      expect(pods).toBe(Math.ceil(processes / 2));
      expect(cores).toBe(pods * 2);
    }
  });

  test("so is what it says about a hundred thousand streams", () => {
    const pods = Math.ceil(Math.ceil(100_000 / 1_000 / 0.6) / 4);
    expect(page).toContain(`167 / 4 = ${pods} pods`);
    expect(page).toContain(`${Math.round(100_000 / pods).toLocaleString("en")} streams each`);
    expect(page).toContain(`= ${Math.round(100_000 / ((pods * 2) / 3) / 4)} streams a process`);
    expect(page).toContain(`2,500 / ${pods} = ${Math.floor(2_500 / pods)}`);
  });
});
