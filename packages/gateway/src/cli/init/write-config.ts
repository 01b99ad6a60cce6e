import type { Messages } from "../messages/index.ts";

/** What a new file is to hold. */
export interface NewConfig {
  readonly preset: string;
  /** Address, for presets that have none of their own. */
  readonly baseUrl?: string | undefined;
  /** Environment variable that holds the key; absent when the provider needs none. */
  readonly keyVariable?: string | undefined;
  /** Text of the last resort; empty for none. */
  readonly template: string;
}

/** The text of a new `tideover.yaml`, with comments that say what each part is for. */
export function newConfigText(config: NewConfig, messages: Messages): string {
  // A JSON text is a YAML text too; what looks like a variable is escaped, because a person typed it.
  const quoted = (text: string) => JSON.stringify(text).replaceAll("${", () => "$${");
  const lines = [
    `# ${messages.fileHead}`,
    "",
    `# ${messages.fileServer}`,
    "server:",
    "  host: 127.0.0.1",
    "  port: 8787",
    "",
    `# ${messages.fileProviders}`,
    "providers:",
    `  ${config.preset}:`,
    `    preset: ${config.preset}`,
    ...(config.baseUrl === undefined ? [] : [`    baseUrl: ${quoted(config.baseUrl)}`]),
    ...(config.keyVariable === undefined ? [] : [`    apiKey: "\${${config.keyVariable}}" # ${messages.fileKey}`]),
    "",
    `# ${messages.fileRoutes}`,
    "routes:",
    "  - name: default",
    `    model: "*" # ${messages.fileModel}`,
    `    deadline: 60s # ${messages.fileDeadline}`,
    `    # ${messages.fileLadder}`,
    "    ladder:",
    `      - ${config.preset}`,
    ...(config.template === ""
      ? []
      : [`      # ${messages.fileTemplate}`, `      - template: { text: ${quoted(config.template)} }`]),
  ];
  return `${lines.join("\n")}\n`;
}
