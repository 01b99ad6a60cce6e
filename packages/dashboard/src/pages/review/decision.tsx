import { useState } from "preact/hooks";
import { type Answer, ask } from "../../api/ask.ts";
import type {
  ReviewDecision,
  ReviewEdit,
  ReviewEntryDetail,
  ReviewProposal,
  ReviewRegeneration,
} from "../../api/types.ts";
import { useWords } from "../../language/language.tsx";
import { Card, Notice, type Tone } from "../../parts/parts.tsx";
import { keep, kept } from "../../shell/kept.ts";
import { reviewWords } from "./words.ts";

/** What a person can do with an answer: approve it, write a better one, ask a live provider, or dismiss it. */
export function Decision(properties: { readonly entry: ReviewEntryDetail; readonly path: string; decided(): void }) {
  const { entry, path, decided } = properties;
  const text = useWords(reviewWords);
  const [better, setBetter] = useState(entry.answer);
  const [by, setBy] = useState(kept("name") ?? "");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ readonly tone: Tone; readonly text: string }>();
  const who = by.trim() === "" ? {} : { by: by.trim() };

  type Body = ReviewDecision | ReviewEdit | ReviewRegeneration;
  const send = async <Value,>(action: string, body: Body): Promise<Answer<Value>> => {
    setBusy(true);
    keep("name", by.trim());
    const answer = await ask<Value>(`${path}/${action}`, { method: "POST", body: { ...who, ...body } });
    setBusy(false);
    if (answer.type !== "value") setSaid({ tone: "outage", text: `${text.failed} ${answer.message}` });
    return answer;
  };
  const decide = async (action: "approve" | "edit" | "dismiss") => {
    const answer = await send<ReviewEntryDetail>(action, action === "edit" ? { text: better } : {});
    if (answer.type !== "value") return;
    setSaid({ tone: "normal", text: action === "dismiss" ? text.dismissedNow : text.decided });
    setBetter(answer.value.answer);
    decided();
  };
  const propose = async () => {
    setSaid({ tone: "accent", text: text.proposing });
    const answer = await send<ReviewProposal>("regenerate", { preview: true });
    if (answer.type !== "value") return;
    setBetter(answer.value.text);
    setSaid({ tone: "accent", text: text.proposed(answer.value.provider ?? "–") });
  };

  return (
    <Card title={text.better} note={text.betterHint}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void decide("edit");
        }}
      >
        <div class="field">
          <label for="better" class="visually-hidden">
            {text.better}
          </label>
          <textarea
            id="better"
            class="input tall"
            value={better}
            onInput={(event) => setBetter(event.currentTarget.value)}
          />
        </div>
        <div class="row apart">
          <div class="row">
            <button type="submit" class="button first" disabled={busy || better.trim() === ""}>
              {text.save}
            </button>
            <button type="button" class="button" disabled={busy} onClick={() => void decide("approve")}>
              {text.approve}
            </button>
            <button type="button" class="button" disabled={busy} onClick={() => void propose()}>
              {text.propose}
            </button>
            <button type="button" class="button plain" disabled={busy} onClick={() => void decide("dismiss")}>
              {text.dismiss}
            </button>
          </div>
          <div class="field">
            <label for="by">{text.by}</label>
            <input
              id="by"
              class="input"
              value={by}
              maxLength={100}
              placeholder={text.byHint}
              onInput={(event) => setBy(event.currentTarget.value)}
            />
          </div>
        </div>
        {said === undefined ? null : <Notice tone={said.tone}>{said.text}</Notice>}
      </form>
    </Card>
  );
}
