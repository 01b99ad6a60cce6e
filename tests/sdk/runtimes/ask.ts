/**
 * An application with the SDK in it, for whatever runtime runs this: asks plain, streamed and over a cut, leaves a stream,
 * and writes what it got as one line of JSON. `UPSTREAM` is the address of a simulated provider.
 */
import process from "node:process";
import { createTideover, type TideoverConfig } from "tideover";

const baseUrl = process.env.UPSTREAM ?? "";
const provider = (models: Readonly<Record<string, string>> = {}) =>
  ({ preset: "deepseek", apiKey: "sk-test", baseUrl, models }) as const;
const config: TideoverConfig = {
  providers: {
    busy: provider({ "*": "fault-503" }),
    gone: { preset: "openai-compatible", apiKey: "sk-test", baseUrl: "http://127.0.0.1:9/v1" },
    cutting: provider({ "*": "fault-cut-20" }),
    sound: provider(),
  },
  routes: [
    { model: "cut-*", retry: "off", ladder: ["cutting", "sound"] },
    { model: "*", retry: "off", ladder: ["busy", "gone", "sound"] },
  ],
};
const tideover = createTideover(config);
const messages = [{ role: "user", content: "Describe the reading lamp 灯." }];

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly tideover?: object;
}

async function streamed(model: string): Promise<{ readonly text: string; readonly provenance: object | undefined }> {
  let text = "";
  let provenance: object | undefined;
  for await (const event of tideover.chat({ model, messages })) {
    const chunk = event as Chunk;
    text += chunk.choices?.[0]?.delta?.content ?? "";
    provenance = chunk.tideover ?? provenance;
  }
  return { text, provenance };
}

const answered = await tideover.fetch("https://api.example.com/v1/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "sim-chat", messages }),
});
const plain = {
  status: answered.status,
  rung: answered.headers.get("tideover-rung"),
  body: (await answered.json()) as unknown,
};
const whole = await streamed("sim-chat");
const overCut = await streamed("cut-chat");
for await (const _event of tideover.chat({ model: "sim-chat", messages })) break;
process.stdout.write(`${JSON.stringify({ plain, whole, overCut })}\n`);
