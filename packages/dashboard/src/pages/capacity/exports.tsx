import { useState } from "preact/hooks";
import { adminHeaders, errorMessage } from "../../api/ask.ts";
import { useWords } from "../../language/language.tsx";
import { Card, Notice } from "../../parts/parts.tsx";
import { capacityWords } from "./words.ts";

/** The forecast as text for autoscalers, shown to be copied: a plain link could not carry the admin key. */
export function Exports() {
  const text = useWords(capacityWords);
  const [shown, setShown] = useState<{ readonly text: string } | { readonly error: string }>();
  const show = async (format: "keda" | "cron") => {
    try {
      const response = await fetch(`/admin/api/forecast/export?format=${format}`, { headers: adminHeaders() });
      const body = await response.text();
      setShown(response.ok ? { text: body } : { error: errorMessage(body) ?? `HTTP ${response.status}` });
    } catch (error) {
      setShown({ error: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Card title={text.export} note={text.exportWhy}>
      <div class="stack">
        <div class="row">
          <button type="button" class="button little" onClick={() => void show("keda")}>
            KEDA
          </button>
          <button type="button" class="button little" onClick={() => void show("cron")}>
            cron
          </button>
        </div>
        {shown === undefined ? null : "text" in shown ? (
          <pre class="text-block">{shown.text}</pre>
        ) : (
          <Notice tone="outage">
            {text.exportFailed} {shown.error}
          </Notice>
        )}
      </div>
    </Card>
  );
}
