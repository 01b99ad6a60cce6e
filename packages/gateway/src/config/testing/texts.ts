import { formatIssue } from "tideover/config";
import { parseConfig } from "../load-config.ts";

/** The smallest file that can be used, below further lines. */
export function fileWith(lines: string): string {
  return `${lines}\nproviders:\n  local: { preset: ollama }\nroutes:\n  - { model: "*", ladder: [local] }\n`;
}

/** What is wrong with a text, a line for each problem; none where it can be used. */
export function problems(text: string, environment: Record<string, string> = {}): string[] {
  const loaded = parseConfig(text, environment);
  return "issues" in loaded ? loaded.issues.map((issue) => formatIssue(issue, "tideover.yaml")) : [];
}

/** What a text comes to. @throws Error for one that cannot be used */
export function load(text: string, environment: Record<string, string> = {}) {
  const loaded = parseConfig(text, environment);
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return loaded;
}
