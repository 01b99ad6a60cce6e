import { availableParallelism } from "node:os";
import type { LocalModel, LocalModelEvent, LocalModelOptions, StartWorker } from "@tideover/local-model";
import type { ResolvedConfig, ResolvedInProcess, ResolvedProvider } from "tideover/config";
import { type Adapter, type Clock, failure, isFailure } from "tideover/engine";
import type { Account } from "tideover/providers";
import type { FindAdapter } from "tideover/runtime";
import type { Log } from "../logging/index.ts";
import { modelFolder } from "./models-folder.ts";

/** What the local models of a gateway are made from. */
export interface LocalModelsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where models lie, for providers that do not say. */
  readonly folder: string;
  /** The folder of `onnxruntime-node`, where it is not found in the usual way. */
  readonly onnxRuntimePath?: string | undefined;
  /** Starts a model's process. Default: as it is. */
  readonly startWorker?: StartWorker | undefined;
}

/** The models in this process, one for each set of settings. They survive a reload that leaves theirs as they are. */
export interface LocalModels {
  /** The adapters of providers with the preset `onnx`. */
  readonly findAdapter: FindAdapter;
  /** Loads those that are to be loaded before anyone asks; does not wait. */
  warm(config: ResolvedConfig): void;
  /** Ends their workers. */
  close(): Promise<void>;
}

/** Makes the place for local models. The package that runs them is loaded when the first of them is used. */
export function createLocalModels(options: LocalModelsOptions): LocalModels {
  const models = new Map<string, Promise<LocalModel>>();
  const modelOf = (resolved: ResolvedProvider): Promise<LocalModel> => {
    const settings = settingsOf(resolved, options);
    const key = JSON.stringify(settings);
    const known = models.get(key);
    if (known !== undefined) return known;
    const made = loadPackage().then(({ createLocalModel, readDevice, readDtype }) =>
      createLocalModel({
        ...settings,
        dtype: readDtype(settings.dtype) ?? "q4",
        device: readDevice(settings.device) ?? "cpu",
        clock: options.clock,
        startWorker: options.startWorker,
        onEvent: (event) => report(options.log, resolved.name, event),
      }),
    );
    models.set(key, made);
    return made;
  };
  return {
    findAdapter(resolved, account) {
      if (!resolved.definition.preset.inProcess) return undefined;
      return lazyAdapter(resolved, account, () => modelOf(resolved), options.clock);
    },
    warm({ providers }) {
      for (const resolved of Object.values(providers)) {
        if (resolved.inProcess?.warm !== true) continue;
        modelOf(resolved)
          .then((model) => model.warm())
          .catch((error: unknown) => {
            options.log.warn(
              { event: "model-not-loaded", provider: resolved.name, error },
              "The local model is not warm.",
            );
          });
      }
    },
    async close() {
      // One whose package could not be loaded has nothing to end.
      const made = await Promise.allSettled(models.values());
      await Promise.all(made.map((model) => (model.status === "fulfilled" ? model.value.close() : undefined)));
    },
  };
}

function loadPackage(): Promise<typeof import("@tideover/local-model")> {
  return import("@tideover/local-model");
}

/** An adapter that is made when the first call comes: a gateway that never needs the model does not load its code. */
function lazyAdapter(
  resolved: ResolvedProvider,
  account: Account,
  modelOf: () => Promise<LocalModel>,
  clock: Clock,
): Adapter {
  let adapter: Promise<Adapter> | undefined;
  const make = async (): Promise<Adapter> => {
    const [{ createLocalModelAdapter }, model] = await Promise.all([loadPackage(), modelOf()]);
    const modelName = resolved.model ?? resolved.name;
    return createLocalModelAdapter(resolved.definition, account, { model, modelName, clock });
  };
  return async (call, scope) => {
    adapter ??= make();
    const made = await adapter.catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      return failure(
        "incompatible",
        "local-model-missing",
        `The package @tideover/local-model cannot be loaded: ${why}`,
      );
    });
    return isFailure(made) ? { ...made, provider: resolved.name } : made(call, scope);
  };
}

type PlainSettings = Pick<
  LocalModelOptions,
  "folder" | "threads" | "contextTokens" | "onnxRuntimePath" | "queueCapacity" | "unloadAfterMs"
> & { readonly dtype: string; readonly device: string };

function settingsOf(resolved: ResolvedProvider, { folder, onnxRuntimePath }: LocalModelsOptions): PlainSettings {
  const { model = "", dtype = "q4", device = "cpu", inProcess } = resolved;
  const { contextTokens, queue, unloadAfter, threads }: Partial<ResolvedInProcess> = inProcess ?? {};
  return {
    folder: modelFolder(model, inProcess?.folder ?? folder),
    dtype,
    device,
    // One core stays with the event loop, so that live traffic does not feel the model.
    threads: threads ?? Math.max(1, availableParallelism() - 1),
    contextTokens: contextTokens ?? 4_096,
    onnxRuntimePath,
    queueCapacity: queue,
    unloadAfterMs: unloadAfter,
  };
}

function report(log: Log, provider: string, event: LocalModelEvent): void {
  switch (event.type) {
    case "model-loaded": {
      const { device, fellBack, loadMs } = event.facts;
      const fields = { event: event.type, provider, device, ms: Math.round(loadMs) };
      if (fellBack === undefined) log.info(fields, `The local model is loaded (${device}).`);
      else log.warn({ ...fields, fellBack }, `The local model runs on the ${device}: ${fellBack}.`);
      return;
    }
    case "model-not-loaded":
      log.warn({ event: event.type, provider, reason: event.reason }, event.message);
      return;
    case "worker-died":
      log.error({ event: event.type, provider }, event.message);
      return;
    case "model-unloaded":
      log.info({ event: event.type, provider, why: event.why }, "The local model left memory.");
  }
}
