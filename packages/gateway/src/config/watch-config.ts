import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ConfigIssue, LoadedConfig } from "tideover/config";
import type { Clock, Timer } from "tideover/engine";
import { parseConfig, readConfigFile } from "./load-config.ts";
import { needsRestart } from "./needs-restart.ts";

/** How long a change must rest before the file is read, in ms: editors and Kubernetes change a folder in steps. */
const SETTLE_MS = 200;

/** What a watcher tells. These must not throw. */
interface ConfigListener {
  /** A changed file was taken. @param restart the settings that changed and need a restart: `server.port` */
  changed(loaded: LoadedConfig, restart: readonly string[]): void;
  /** A changed file was refused whole; the configuration before it stays. */
  refused(issues: readonly ConfigIssue[]): void;
  /** The folder cannot be watched (any more); only {@link ConfigWatcher.reload} still reads the file. */
  blind(reason: string): void;
}

export interface WatchOptions {
  /** The file; it may be a symbolic link, and may be absent for a while. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is in force now. */
  readonly current: LoadedConfig;
  readonly clock: Clock;
  readonly listener: ConfigListener;
}

/** A configuration file under watch. */
export interface ConfigWatcher {
  /** Reads the file now, changed or not: what SIGHUP does. Resolves when the listener was told; never rejects. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Watches a configuration file by watching its folder: a file itself may be replaced by renaming (editors) or by
 * exchanging a symbolic link beside it (Kubernetes), which a watch on the file would not see. A file whose text is
 * the same as before is not taken again.
 */
export function watchConfig({ path, environment, current, clock, listener }: WatchOptions): ConfigWatcher {
  /** What the process bound when it started is of this configuration, whatever came since. */
  const started = current.config;
  let inForce = current;
  let lastText: string | undefined;
  let closed = false;
  let settling: Timer | undefined;
  let reading: Promise<void> = Promise.resolve();

  const take = async (why: "start" | "event" | "reload"): Promise<void> => {
    const file = await readConfigFile(path);
    if (closed) return;
    if ("issues" in file) {
      lastText = undefined;
      listener.refused(file.issues);
      return;
    }
    if (file.text === lastText && why !== "reload") return;
    lastText = file.text;
    const loaded = parseConfig(file.text, environment);
    if ("issues" in loaded) {
      listener.refused(loaded.issues);
      return;
    }
    // The first look only finds what changed between the loading of `current` and the start of the watch.
    if (why === "start" && isDeepStrictEqual(loaded.config, inForce.config)) return;
    const restart = needsRestart(started, loaded.config);
    inForce = loaded;
    listener.changed(loaded, restart);
  };
  // One reading at a time, in order, so that an older text never replaces a newer one.
  const takeInTurn = (why: "start" | "event" | "reload"): Promise<void> => {
    reading = reading.then(() => take(why));
    return reading;
  };
  const onEvent = () => {
    settling?.cancel();
    settling = clock.schedule(SETTLE_MS, () => void takeInTurn("event"));
  };

  const watcher = watchFolder(dirname(resolve(path)), onEvent, (reason) => listener.blind(reason));
  void takeInTurn("start");
  return {
    reload: () => takeInTurn("reload"),
    close() {
      closed = true;
      settling?.cancel();
      watcher?.close();
    },
  };
}

function watchFolder(folder: string, onEvent: () => void, onBlind: (reason: string) => void): FSWatcher | undefined {
  const tell = (error: unknown) => {
    onBlind(`${folder} cannot be watched: ${error instanceof Error ? error.message : String(error)}`);
  };
  try {
    // Not persistent: a watch alone must not keep a process alive that has nothing else to do.
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on("error", (error) => {
      watcher.close();
      tell(error);
    });
    return watcher;
  } catch (error) {
    tell(error);
    return undefined;
  }
}
