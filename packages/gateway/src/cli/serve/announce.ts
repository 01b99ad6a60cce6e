import { describeRung } from "tideover/config";
import type { Runtime } from "tideover/runtime";
import { DASHBOARD_PATH } from "../../dashboard/dashboard-paths.ts";
import type { CliIo } from "../cli-io.ts";
import type { Messages } from "../messages/index.ts";

/** Where the configuration came from, for people and for scripts. */
export type ConfigurationSource =
  | { readonly from: "file"; readonly file: string }
  | { readonly from: "environment" }
  | { readonly from: "demo" };

/** A model to name in the example when the routes name none. */
const USUAL_MODEL = "deepseek-flash";

/** Says that the gateway listens, what answers, and how to try it: lines for people, or one of JSON for scripts. */
export function announce(
  io: CliIo,
  messages: Messages,
  running: { readonly url: string; readonly source: ConfigurationSource; readonly runtime: Runtime },
  json: boolean,
): void {
  const { url, source, runtime } = running;
  if (json) {
    io.stdout.write(`${JSON.stringify({ event: "listening", url, ...source })}\n`);
    return;
  }
  const from =
    source.from === "file"
      ? [messages.fromFile(source.file)]
      : source.from === "environment"
        ? [messages.fromEnvironment([...runtime.providers.keys()].join(", "))]
        : [messages.fromDemo, messages.demoHint];
  const routes = runtime.routes.map(({ route }) =>
    messages.ladderOf(route.name, route.model, route.ladder.map(describeRung).join(" > ")),
  );
  const dashboard = messages.dashboardAt(`${url}${DASHBOARD_PATH}`);
  const lines = [
    messages.listening(url),
    dashboard,
    ...from,
    ...routes,
    "",
    messages.tryIt,
    exampleRequest(url, runtime),
    "",
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
}

/** A request to paste into a shell; one line, so that it works in every one. */
function exampleRequest(url: string, runtime: Runtime): string {
  const model = runtime.routes.flatMap(({ models }) => models)[0]?.id ?? USUAL_MODEL;
  const key = runtime.config.server.keys.length === 0 ? "" : ` -H "authorization: Bearer $TIDEOVER_KEY"`;
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }], stream: true });
  return `curl -N ${url}/v1/chat/completions -H "content-type: application/json"${key} -d '${body}'`;
}
