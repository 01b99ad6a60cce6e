import { useState } from "preact/hooks";
import { useAccess } from "../api/access.tsx";
import { useWords } from "../language/language.tsx";
import { Notice } from "../parts/parts.tsx";
import { Page } from "./page.tsx";
import { shellWords } from "./words.ts";

/** Asks for the admin key, which the gateway wants from other machines. */
export function KeyPrompt() {
  const text = useWords(shellWords).key;
  const { give, refused } = useAccess();
  const [key, setKey] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (key.trim() !== "") give(key.trim());
  };
  return (
    <Page title={text.title} intro={text.why}>
      {refused ? <Notice tone="outage">{text.wrong}</Notice> : null}
      <form class="card stack" onSubmit={submit}>
        <div class="field">
          <label for="admin-key">{text.label}</label>
          <input
            id="admin-key"
            class="input"
            type="password"
            autocomplete="current-password"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </div>
        <div>
          <button type="submit" class="button first">
            {text.give}
          </button>
        </div>
      </form>
    </Page>
  );
}
