import { useState } from "preact/hooks";
import { ask } from "../../api/ask.ts";
import type { PurgeAnswer } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Notice, type Tone } from "../../parts/parts.tsx";
import { cacheWords } from "./words.ts";

const MEMBERS = ["route", "model", "tenant", "tag", "key"] as const;

/** Removes stored answers that match; asks once more before it does. */
export function Purge({ purged }: { purged(): void }) {
  const text = useWords(cacheWords);
  const format = useFormat();
  const [selection, setSelection] = useState<Readonly<Record<string, string>>>({});
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<{ readonly tone: Tone; readonly text: string }>();
  const given = Object.entries(selection).filter(([, value]) => value.trim() !== "");

  const purge = async () => {
    setAsking(false);
    const query = new URLSearchParams(given.map(([name, value]) => [name, value.trim()]));
    const answer = await ask<PurgeAnswer>(`/admin/api/cache?${query}`, { method: "DELETE" });
    if (answer.type === "value") {
      setSaid({ tone: "normal", text: text.purged(format.count(answer.value.purged)) });
      purged();
    } else setSaid({ tone: "outage", text: `${text.failed} ${answer.message}` });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setSaid(undefined);
    if (given.length === 0) setSaid({ tone: "busy", text: text.needsOne });
    else setAsking(true);
  };

  return (
    <Card title={text.purge} note={text.purgeNote}>
      <form class="stack" onSubmit={submit}>
        <div class="fields">
          {MEMBERS.map((name) => (
            <div class="field" key={name}>
              <label for={`purge-${name}`}>{text.by[name]}</label>
              <input
                id={`purge-${name}`}
                class="input"
                value={selection[name] ?? ""}
                onInput={(event) => {
                  setAsking(false);
                  setSelection({ ...selection, [name]: event.currentTarget.value });
                }}
              />
            </div>
          ))}
        </div>
        {asking ? (
          <div class="row" role="alert">
            <span>{text.sure}</span>
            <button type="button" class="button grave" onClick={() => void purge()}>
              {text.yes}
            </button>
            <button type="button" class="button" onClick={() => setAsking(false)}>
              {text.no}
            </button>
          </div>
        ) : (
          <div>
            <button type="submit" class="button">
              {text.doPurge}
            </button>
          </div>
        )}
        {said === undefined ? null : <Notice tone={said.tone}>{said.text}</Notice>}
      </form>
    </Card>
  );
}
