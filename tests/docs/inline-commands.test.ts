import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS } from "../../packages/gateway/src/cli/commands/index.ts";
import { messagesIn } from "../../packages/gateway/src/cli/messages/index.ts";
import { readArguments } from "../../packages/gateway/src/cli/read-arguments.ts";
import { CHECKOUT, guidePages, proseOf, readPage } from "./pages.ts";

const { scripts } = JSON.parse(readFileSync(`${CHECKOUT}package.json`, "utf8")) as { scripts: Record<string, string> };

/** The commands that stand in the text of a page, such as `tideover jobs list`, without what is only a hint at one. */
function commandsIn(page: string): readonly string[] {
  return [...proseOf(readPage(page)).matchAll(/`([^`\n]+)`/g)]
    .map(([, code = ""]) => code)
    .filter((code) => /^(?:npx )?tideover |^npm (?:run )/.test(code) && !/[…|<]/.test(code));
}

test.each(guidePages())("the commands in the text of %s are there, with their flags", async (page) => {
  for (const command of commandsIn(page)) {
    const words = command
      .replace(/^npx /, "")
      .replace(/ [>&].*$/, "")
      .split(/\s+/);
    const [first = "", second = "", third = ""] = words;
    if (first === "npm") {
      expect(Object.keys(scripts), `${page}: ${command}`).toContain(third);
      if (third !== "tideover") continue;
      await expectKnown(words.slice(4), `${page}: ${command}`);
    } else if (second !== "" && !/^[A-Z-]/.test(second)) await expectKnown(words.slice(1), `${page}: ${command}`);
  }
});

async function expectKnown([name = "", ...rest]: readonly string[], place: string): Promise<void> {
  const load = COMMANDS[name];
  expect(load, place).toBeDefined();
  const messages = messagesIn("en");
  const command = await load?.();
  // A value with a space in it is one word on a real command line.
  const words = rest
    .join(" ")
    .replaceAll(/"[^"]*"/g, "text")
    // What may be left out is written in brackets; every command has its help.
    .replaceAll(/[[\]]/g, "")
    .replace(/ ?--help$/, "")
    .split(" ")
    .filter(Boolean);
  // A flag that is named alone stands for itself with a value.
  const flags = command?.flags(messages) ?? {};
  const last = words.at(-1)?.replace(/^--/, "") ?? "";
  const isOpen =
    words.at(-1)?.startsWith("--") === true && flags[last] !== undefined && flags[last]?.type !== "boolean";
  expect(() => readArguments(isOpen ? words.slice(0, -1) : words, flags, messages), place).not.toThrow();
}
