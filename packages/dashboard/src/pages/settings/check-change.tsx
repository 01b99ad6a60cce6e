import { useState } from "preact/hooks";
import { type Answer, ask } from "../../api/ask.ts";
import type { SettingsCheckAnswer, SettingsIssue } from "../../api/types.ts";
import { useWords } from "../../language/language.tsx";
import { ChangeTable } from "../../parts/change-table.tsx";
import { Card, Notice } from "../../parts/parts.tsx";
import { settingsWords } from "./words.ts";

/** Tries a changed configuration against the one in force; applies nothing. */
export function CheckChange() {
  const text = useWords(settingsWords);
  const [yaml, setYaml] = useState("");
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer<SettingsCheckAnswer>>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setAnswer(await ask<SettingsCheckAnswer>("/admin/api/settings/check", { method: "POST", body: { yaml } }));
    setBusy(false);
  };
  return (
    <Card title={text.check} note={text.checkNote}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for="yaml">{text.yaml}</label>
          <textarea
            id="yaml"
            class="input code tall"
            spellcheck={false}
            value={yaml}
            onInput={(event) => setYaml(event.currentTarget.value)}
          />
        </div>
        <div>
          <button type="submit" class="button" disabled={busy || yaml.trim() === ""}>
            {busy ? text.checking : text.doCheck}
          </button>
        </div>
        {answer === undefined ? null : answer.type === "value" ? (
          <Checked checked={answer.value} />
        ) : (
          <Notice tone="outage">
            {text.failed} {answer.message}
          </Notice>
        )}
      </form>
    </Card>
  );
}

function Checked({ checked }: { readonly checked: SettingsCheckAnswer }) {
  const text = useWords(settingsWords);
  const { valid, errors, warnings, changes, needsRestart } = checked;
  return (
    <div class="stack">
      <Notice tone={valid ? "normal" : "outage"}>
        {valid ? (changes.length === 0 ? text.same : text.valid) : text.invalid(errors.length)}
      </Notice>
      <Issues issues={errors} />
      <ChangeTable label={text.valid} changes={changes} />
      {needsRestart.length === 0 ? null : (
        <Notice tone="busy">
          {text.restart} <code>{needsRestart.join(", ")}</code>
        </Notice>
      )}
      {warnings.length === 0 ? null : (
        <section>
          <h3>{text.warnings}</h3>
          <Issues issues={warnings} />
        </section>
      )}
    </div>
  );
}

function Issues({ issues }: { readonly issues: readonly SettingsIssue[] }) {
  const text = useWords(settingsWords);
  if (issues.length === 0) return null;
  return (
    <ul class="stack tight">
      {issues.map(({ message, path, line }) => (
        <li key={`${path} ${message}`}>
          {line === null ? null : <b>{text.line(line)} </b>}
          {message}
        </li>
      ))}
    </ul>
  );
}
