import pc from "picocolors";
import type { LogDestination } from "./log.ts";

interface Entry {
  readonly level?: unknown;
  readonly time?: unknown;
  readonly msg?: unknown;
  readonly [name: string]: unknown;
}

/** Turns each JSON line into one short line for people: time of day, level, message, then the facts. */
export function prettyLines(target: LogDestination, color: boolean): LogDestination {
  const colors = pc.createColors(color);
  const paint: Readonly<Record<string, (text: string) => string>> = {
    error: colors.red,
    warn: colors.yellow,
    info: colors.green,
    debug: colors.gray,
  };
  return {
    write(line) {
      const { level, time, msg, ...facts } = JSON.parse(line) as Entry;
      const word = String(level);
      const clock = String(time).slice(11, 23);
      const shown = Object.entries(facts).map(([name, value]) => `${colors.dim(`${name}=`)}${plain(value)}`);
      const tint = paint[word] ?? String;
      const parts = [colors.dim(clock), tint(word.padEnd(5)), plainText(String(msg ?? "")), ...shown];
      target.write(`${parts.join(" ")}\n`);
    },
  };
}

/** A value on one line; whatever could break the line or colour the terminal is escaped. */
function plain(value: unknown): string {
  if (typeof value !== "string") return plainText(JSON.stringify(value) ?? "");
  return /^[^\s"=]+$/.test(value) && plainText(value) === value ? value : JSON.stringify(plainText(value));
}

function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what has to go.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === "\n" ? "⏎" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
