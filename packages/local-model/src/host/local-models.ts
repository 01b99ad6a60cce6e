import { availableParallelism } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { ResolvedProvider } from "tideover/config";
import type { Clock } from "tideover/engine";
import { type FindAdapter, platformClock } from "tideover/runtime";
import { createLocalModelAdapter } from "../adapter/local-model-adapter.ts";
import { CONTEXT_TOKENS } from "../defaults.ts";
import { readDtype } from "../folder/model-files.ts";
import { readDevice } from "../onnx/execution-providers.ts";
import { createLocalModel, type LocalModel, type LocalModelEvent } from "./local-model.ts";

/** What the local models of an application are made from. */
export interface LocalModelsOptions {
  /**
   * Where models lie that are named as on the hub (`owner/name`): the folder that `tideover model list` names. A provider
   * whose `model` is a path, or that has `inProcess.folder`, needs none.
   */
  readonly folder?: string | undefined;
  /** The folder of `onnxruntime-node`, where it is not found in the usual way. */
  readonly onnxRuntimePath?: string | undefined;
  /** Is told what happens to the models. */
  readonly onEvent?: ((event: LocalModelEvent, provider: string) => void) | undefined;
  /** Default: the platform's. */
  readonly clock?: Clock | undefined;
}

/** The models of an application, one for each provider of the preset `onnx`. */
export interface LocalModels {
  /** For `createTideover(config, { findAdapter })`. */
  readonly findAdapter: FindAdapter;
  /** Ends their workers: a process with a loaded model does not end by itself. */
  close(): Promise<void>;
}

/** Makes the place for an application's local models. Nothing is loaded before the first call that needs it. */
export function localModels(options: LocalModelsOptions = {}): LocalModels {
  const { clock = platformClock } = options;
  const models = new Map<string, LocalModel>();
  return {
    findAdapter(resolved, account) {
      if (!resolved.definition.preset.inProcess) return undefined;
      const model = models.get(resolved.name) ?? modelOf(resolved, options, clock);
      models.set(resolved.name, model);
      if (resolved.inProcess?.warm === true) void model.warm();
      return createLocalModelAdapter(resolved.definition, account, {
        model,
        modelName: resolved.model ?? resolved.name,
        clock,
      });
    },
    async close() {
      await Promise.all([...models.values()].map((model) => model.close()));
    },
  };
}

function modelOf(resolved: ResolvedProvider, options: LocalModelsOptions, clock: Clock): LocalModel {
  const { name, model = "", dtype = "q4", device = "cpu", inProcess } = resolved;
  return createLocalModel({
    folder: folderOf(name, model, inProcess?.folder ?? options.folder),
    dtype: readDtype(dtype) ?? "q4",
    device: readDevice(device) ?? "cpu",
    // One core stays with the application.
    threads: inProcess?.threads ?? Math.max(1, availableParallelism() - 1),
    contextTokens: inProcess?.contextTokens ?? CONTEXT_TOKENS,
    onnxRuntimePath: options.onnxRuntimePath,
    queueCapacity: inProcess?.queue,
    unloadAfterMs: inProcess?.unloadAfter,
    clock,
    onEvent: (event) => options.onEvent?.(event, name),
  });
}

function folderOf(name: string, model: string, models: string | undefined): string {
  if (isAbsolute(model) || model.startsWith("./") || model.startsWith("../")) return resolve(model);
  if (models !== undefined) return join(models, ...model.split("/"));
  throw new TypeError(
    `Provider "${name}": it is not known where the model "${model}" lies; give localModels({ folder }), or a path as model.`,
  );
}
