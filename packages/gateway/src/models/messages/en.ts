/** What `tideover model` says in English; the other languages say the same. */
export const modelEn = {
  summary: "fetch, check, try and measure models for the local rung; find servers of models here",
  details: (standard: string, small: string, folder: string) =>
    [
      "Actions:",
      "  pull     fetch a model (default: the first below)",
      "  list     show the models on this machine",
      "  verify   compare a model's files with their checksums",
      "  remove   delete a model",
      "  run      answer one prompt",
      "  bench    measure load time, time to the first token, tokens a second and memory",
      "  servers  find running servers of models on this machine (Ollama, llama.cpp, vLLM, SGLang, LM Studio, Triton,",
      "           TensorRT-LLM), and print the configuration that uses them",
      "",
      "Models to begin with:",
      `  ${standard}   1.5 B parameters, thinks; about 1.7 GB at q4`,
      `  ${small}   0.5 B parameters; about 0.8 GB at q4`,
      "",
      "Mirrors: HF_ENDPOINT names another hub with the same API (https://hf-mirror.com); --from modelscope.",
      "Private models: HF_TOKEN, MODELSCOPE_API_TOKEN.",
      `Models lie in ${folder}; TIDEOVER_MODELS names another folder.`,
    ].join("\n"),
  actionFlag: "what to do; see below",
  modelFlag: "name on the hub (owner/name), or a folder",
  dtypeFlag: "number format of the weights",
  fromFlag: "hub to fetch from",
  revisionFlag: "branch, tag or commit",
  deviceFlag: "where the model runs; the CPU where that cannot be used",
  threadsFlag: "threads (default: one less than there are cores)",
  contextFlag: "prompt and answer together, in tokens",
  promptFlag: "what to ask",
  tokensFlag: "most tokens of the answer",
  temperatureFlag: "0 gives the same answer each time (default: the model's own)",
  yesFlag: "do not ask before deleting",
  portsFlag: "servers: ports of this machine to look at, such as 8000,8001 (default: each server's usual one)",
  warmFlag: "servers: ask each for one token, so that its model is in memory",

  notARepository: (text: string) =>
    `"${text}" is neither a name on the hub, such as onnx-community/Qwen2.5-0.5B-Instruct, nor a folder that is there.`,
  needsModel: (action: string) =>
    `\`tideover model ${action}\` needs a model; \`tideover model list\` shows those that are here.`,
  notATemperature: (value: string) => `--temperature is "${value}"; it must be a number from 0 to 2.`,
  notInstalled: (model: string) => `${model} is not on this machine. Fetch it with \`tideover model pull ${model}\`.`,

  pulling: (model: string, dtype: string, hub: string) => `Fetching ${model} (${dtype}) from ${hub}`,
  pulled: (model: string, size: string, folder: string) => `${model} is here: ${size} in ${folder}`,
  upToDate: (model: string, folder: string) => `${model} is here already, and complete: ${folder}`,
  useIt: (model: string, dtype: string) =>
    `Use it: providers: { tiny: { preset: onnx, model: "${model}", dtype: ${dtype} } }, and put tiny on a ladder.`,
  columns: ["Model", "Formats", "Size", "Folder"],
  none: (folder: string) => `There are no models in ${folder}. Fetch one with \`tideover model pull\`.`,
  checkColumns: ["File", "Result"],
  results: {
    good: "good",
    missing: "missing",
    "wrong-size": "wrong size",
    "wrong-checksum": "wrong checksum",
    "no-checksum": "there; the hub told no checksum",
  },
  allGood: (count: number) => `All ${count} files are as they were fetched.`,
  someBad: (model: string) => `Some files are damaged. Fetch them again with \`tideover model pull ${model}\`.`,
  removeQuestion: (model: string, size: string) => `Delete ${model} (${size})?`,
  removeNeedsYes: "This is not a terminal, so nothing can be asked: give --yes to delete.",
  removed: (model: string) => `${model} is deleted.`,
  kept: "Nothing was deleted.",
  fellBack: (device: string, why: string) => `Running on the ${device}: ${why}.`,
  failed: (why: string) => `The model cannot answer: ${why}`,
  benchRows: {
    model: "Model",
    device: "Device",
    threads: "Threads",
    load: "Load",
    promptTokens: "Prompt",
    firstToken: "First token",
    speed: "Speed",
    memory: "Memory",
  },
  serverColumns: ["Server", "Address", "State", "Models"],
  serverStates: { ready: "ready", cold: "runs; loads at the first request", warming: "loading its model" },
  inMemory: "in memory",
  andOthers: (count: number) => `and ${count} more`,
  noServers: (ports: string) =>
    `No server of models was found on 127.0.0.1, ports ${ports}. Start one, or name its port with --ports.`,
  notPorts: (text: string, most: number) =>
    `--ports is "${text}"; it must be up to ${most} port numbers from 1 to 65535, with commas between them.`,
  pasteThis: "Paste this into tideover.yaml, and put the names on a ladder:",
  warmed: (server: string, time: string) => `${server}: the first token came after ${time}.`,
  notWarmed: (server: string, why: string) => `${server} is not warm: ${why}`,
  tokensIn: (tokens: number) => `${tokens} tokens`,
  perSecond: (rate: string) => `${rate} tokens/s`,

  problems: {
    offline: (url: string, why: string) =>
      `${url} cannot be reached: ${why} Check the network and HTTPS_PROXY, or name a mirror with HF_ENDPOINT or --from modelscope. What came so far is kept.`,
    notFound: (what: string, hub: string) => `${hub} has no ${what}. Check the name; it must have ONNX files.`,
    refused: (what: string, status: number) =>
      `The hub refuses ${what} (${status}): it does not exist, is private, or its terms are not accepted. Set HF_TOKEN to a token that may read it.`,
    badAnswer: (url: string, why: string) => `${url} gave no usable answer: ${why}.`,
    stalled: (path: string, why: string) =>
      `${path} does not come any further: ${why} Run the command again later; it goes on where it stopped.`,
    checksum: (path: string, expected: string, found: string) =>
      `${path} arrived damaged: its checksum is ${found}, it should be ${expected}. It was deleted; run the command again.`,
    noSpace: (folder: string, need: string, free: string) =>
      `The disk of ${folder} is too full: ${need} are needed, ${free} are free. Make room, or name another folder with TIDEOVER_MODELS.`,
    noSuchDtype: (dtype: string, offered: string) => `The model is not offered as ${dtype}; it is as: ${offered}.`,
    notAModel: (repository: string, missing: string) =>
      `${repository} is no ONNX language model in the usual layout: it lacks ${missing}.`,
    stopped: "Stopped. Run the command again; it goes on where it stopped.",
  },
};

/** What `tideover model` says, in one language. */
export type ModelMessages = typeof modelEn;
