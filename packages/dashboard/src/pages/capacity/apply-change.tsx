import { useState } from "preact/hooks";
import { type Answer, ask } from "../../api/ask.ts";
import type { AppliedChange, ForecastApply, ForecastChange } from "../../api/types.ts";
import { useLanguage, useWords } from "../../language/language.tsx";
import { ChangeTable } from "../../parts/change-table.tsx";
import { Notice } from "../../parts/parts.tsx";
import { keep, kept } from "../../shell/kept.ts";
import { capacityWords } from "./words.ts";

/** Shows what applying a recommendation would change, and applies it with one more click. */
export function ApplyChange({ id, applied }: { readonly id: string; applied(change: AppliedChange): void }) {
  const text = useWords(capacityWords);
  const [busy, setBusy] = useState(false);
  const [change, setChange] = useState<ForecastChange>();
  const [problem, setProblem] = useState<string>();

  const send = async <Value,>(asked: Promise<Answer<Value>>): Promise<Value | undefined> => {
    setBusy(true);
    setProblem(undefined);
    const answer = await asked;
    setBusy(false);
    if (answer.type === "value") return answer.value;
    setProblem(`${text.notApplied} ${answer.message}`);
    return undefined;
  };
  const look = async () => {
    setChange(await send(ask<ForecastChange>(`/admin/api/forecast/change?${new URLSearchParams({ id })}`)));
  };
  const apply = async (order: ForecastApply) => {
    const done = await send(ask<AppliedChange>("/admin/api/forecast/apply", { method: "POST", body: order }));
    // One that was refused may look different now: it is to be looked at again.
    setChange(undefined);
    if (done !== undefined) applied(done);
  };

  return (
    <div class="stack tight">
      {change === undefined ? (
        <div>
          <button type="button" class="button little" disabled={busy} onClick={() => void look()}>
            {text.apply}
          </button>
        </div>
      ) : (
        <Change change={change} busy={busy} apply={(order) => void apply(order)} close={() => setChange(undefined)} />
      )}
      {problem === undefined ? null : <Notice tone="outage">{problem}</Notice>}
    </div>
  );
}

function Change(properties: {
  readonly change: ForecastChange;
  readonly busy: boolean;
  apply(order: ForecastApply): void;
  close(): void;
}) {
  const { change, busy, apply, close } = properties;
  const { id, file, changes, blocked, snippet, digest } = change;
  const text = useWords(capacityWords);
  const { language } = useLanguage();
  const [by, setBy] = useState(kept("name") ?? "");
  const field = `by ${id}`;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const name = by.trim();
    keep("name", name);
    apply({ id, digest, ...(name === "" ? {} : { by: name }) });
  };
  return (
    <form class="stack change" onSubmit={submit} aria-label={text.change}>
      <ChangeTable label={text.changesOf(file ?? "")} changes={changes} />
      {blocked === undefined ? (
        <p class="small soft">{text.writes(file ?? "")}</p>
      ) : (
        <>
          <Notice tone="busy">{blocked[language]}</Notice>
          <pre class="text-block">{snippet}</pre>
        </>
      )}
      <div class="row apart ends">
        <div class="row">
          {blocked === undefined ? (
            <button type="submit" class="button first" disabled={busy}>
              {text.doApply}
            </button>
          ) : null}
          <button type="button" class="button plain" disabled={busy} onClick={close}>
            {text.notNow}
          </button>
        </div>
        {blocked === undefined ? (
          <div class="field">
            <label for={field}>{text.who}</label>
            <input
              id={field}
              class="input"
              value={by}
              maxLength={100}
              placeholder={text.whoHint}
              onInput={(event) => setBy(event.currentTarget.value)}
            />
          </div>
        ) : null}
      </div>
    </form>
  );
}
