import { askStreamed } from "../harness/ask.ts";
import { stage } from "../harness/stage.ts";
import { finding, type LiveCheck } from "./live-check.ts";

/** The same through Tideover. @param baseUrl where its provider is. */
export function gatewayCheck(baseUrl: string, key: string): LiveCheck {
  return {
    name: "through Tideover",
    documented: "streamed, whole, Tideover-Rung live, one attempt",
    async look({ model }) {
      await using on = await stage({
        upstreams: {},
        providers: { deepseek: { preset: "deepseek", baseUrl, apiKey: key } },
        routes: [{ model: "*", ladder: ["deepseek"] }],
      });
      const messages = [{ role: "user", content: "Name three rivers." }];
      const body = { model, messages, max_tokens: 48, thinking: { type: "disabled" } };
      const reply = await askStreamed(on.url, body);
      const header = (name: string) => reply.headers.get(name);
      return finding(
        {
          "status 200": reply.status === 200,
          content: reply.content.trim() !== "",
          "[DONE]": reply.done,
          "rung live": header("tideover-rung") === "live",
          "one attempt": header("tideover-attempts") === "1",
        },
        `${reply.status}, rung ${header("tideover-rung")}, ${header("tideover-attempts")} attempt, ${reply.content.length} characters`,
      );
    },
  };
}
