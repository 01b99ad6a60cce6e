/** Text that goes out; a terminal or not. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** Signals that commands listen to. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** All that a command touches of its process; tests give their own. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether a person can answer questions on standard input. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly folder: string;
  /** Calls back on each such signal until the returned function is called. */
  onSignal(signal: Signal, callback: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/**
 * Lets a process go on when whoever read its output has enough, as in `tideover simulate … | head`: a command ends as it
 * would have, and a gateway serves on.
 */
export function outlivesItsReaders(output: NodeJS.WriteStream): void {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** The real process. */
export function processIo(): CliIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    folder: process.cwd(),
    onSignal(signal, callback) {
      process.on(signal, callback);
      return () => process.off(signal, callback);
    },
    exit: (code) => process.exit(code),
  };
}
