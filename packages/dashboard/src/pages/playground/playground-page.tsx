import { useEffect, useRef, useState } from "preact/hooks";
import { useLive } from "../../api/live.tsx";
import { useAnswer } from "../../api/use-answer.ts";
import { useWords } from "../../language/language.tsx";
import { Card } from "../../parts/parts.tsx";
import { Page } from "../../shell/page.tsx";
import { shellWords } from "../../shell/words.ts";
import { ResultCard } from "./result-card.tsx";
import { type ChatQuestion, type ChatResult, sendChat } from "./send-chat.ts";
import { playgroundWords } from "./words.ts";

/** Asked for where no route names a model. */
const USUAL_MODEL = "deepseek-flash";
const CACHES = ["default", "no-cache", "no-store", "only-if-cached"] as const;

interface ModelList {
  readonly data?: readonly { readonly id: string }[];
}

/** Sends a chat through the gateway and shows what a caller would get. */
export function PlaygroundPage() {
  const text = useWords(playgroundWords);
  const { pages } = useWords(shellWords);
  const { answer } = useAnswer<ModelList>("/v1/models");
  const { overview } = useLive();
  const models = answer?.type === "value" ? (answer.value?.data ?? []).map(({ id }) => id) : [];
  const [question, setQuestion] = useState<ChatQuestion>(() => ({
    ...{ model: "", prompt: text.firstPrompt, stream: true, key: "", deadline: "", cache: "default" },
  }));
  const [result, setResult] = useState<ChatResult>();
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const model = question.model === "" ? (models[0] ?? USUAL_MODEL) : question.model;
  const busy = result?.state === "sent" || result?.state === "answering";
  const change = (more: Partial<ChatQuestion>) => setQuestion((before) => ({ ...before, ...more }));

  const send = (event: SubmitEvent) => {
    event.preventDefault();
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    void sendChat({ ...question, model }, controller.signal, (changed) => {
      if (running.current === controller) setResult(changed);
    });
  };

  return (
    <Page title={pages.playground} intro={text.intro}>
      <div class="columns">
        <Card title={text.request}>
          <form class="stack" onSubmit={send}>
            <div class="field">
              <label for="prompt">{text.prompt}</label>
              <textarea
                id="prompt"
                class="input tall"
                required
                value={question.prompt}
                onInput={(event) => change({ prompt: event.currentTarget.value })}
              />
            </div>
            <div class="fields">
              <div class="field">
                <label for="model">{text.model}</label>
                <input
                  id="model"
                  class="input mono"
                  list="models"
                  value={model}
                  onInput={(event) => change({ model: event.currentTarget.value })}
                />
                <datalist id="models">
                  {models.map((id) => (
                    <option key={id} value={id} />
                  ))}
                </datalist>
              </div>
              <div class="field">
                <label for="deadline">{text.deadline}</label>
                <input
                  id="deadline"
                  class="input"
                  placeholder={text.deadlineExample}
                  value={question.deadline}
                  onInput={(event) => change({ deadline: event.currentTarget.value.trim() })}
                />
                <span class="hint">{text.deadlineHint}</span>
              </div>
              <div class="field">
                <label for="cache">{text.cache}</label>
                <select
                  id="cache"
                  class="input"
                  value={question.cache}
                  onChange={(event) => change({ cache: event.currentTarget.value })}
                >
                  {CACHES.map((value) => (
                    <option key={value} value={value}>
                      {text.caches[value]}
                    </option>
                  ))}
                </select>
              </div>
            </div>
            {overview?.demo === true ? null : (
              <div class="field">
                <label for="caller-key">{text.callerKey}</label>
                <input
                  id="caller-key"
                  class="input"
                  type="password"
                  autocomplete="off"
                  value={question.key}
                  onInput={(event) => change({ key: event.currentTarget.value.trim() })}
                />
                <span class="hint">{text.callerKeyHint}</span>
              </div>
            )}
            <div class="row">
              <label class="check">
                <input
                  type="checkbox"
                  checked={question.stream}
                  onChange={(event) => change({ stream: event.currentTarget.checked })}
                />
                {text.stream}
              </label>
              <button type="submit" class="button first" disabled={busy || question.prompt.trim() === ""}>
                {text.send}
              </button>
              {busy ? (
                <button type="button" class="button" onClick={() => running.current?.abort()}>
                  {text.stop}
                </button>
              ) : null}
            </div>
          </form>
        </Card>
        <ResultCard result={result} />
      </div>
    </Page>
  );
}
