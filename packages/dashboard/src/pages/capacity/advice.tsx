import { useState } from "preact/hooks";
import type { AppliedChange, Recommendation } from "../../api/types.ts";
import { useFormat, useLanguage, useWords } from "../../language/language.tsx";
import { Badge, Card, Notice } from "../../parts/parts.tsx";
import { ApplyChange } from "./apply-change.tsx";
import { capacityWords } from "./words.ts";

/** What to do, with the change of the configuration that it means. */
export function Advice(properties: { readonly recommendations: readonly Recommendation[]; applied(): void }) {
  const { recommendations, applied } = properties;
  const text = useWords(capacityWords);
  const { language } = useLanguage();
  const format = useFormat();
  const [done, setDone] = useState<AppliedChange>();
  // Said here: once it is followed, the advice itself is gone.
  const follow = (change: AppliedChange) => {
    setDone(change);
    applied();
  };
  return (
    <Card title={text.advice}>
      {done === undefined ? null : <Notice tone="normal">{text.applied(done.file, done.backup)}</Notice>}
      {recommendations.length === 0 ? (
        <p class="soft">{text.noAdvice}</p>
      ) : (
        <ul class="stack">
          {recommendations.map((one) => (
            <li key={one.id} class="stack tight">
              <div class="row">
                <Badge tone="accent">{text.kinds[one.kind] ?? one.kind}</Badge>
                <h3>{one.subject}</h3>
                {one.by === undefined ? null : <span class="soft small">{text.by(format.hour(one.by))}</span>}
                {one.saves === undefined ? null : (
                  <span class="soft small">{text.saves(format.money(one.saves.amount, one.saves.currency))}</span>
                )}
              </div>
              <p>{one.reason[language]}</p>
              {one.change === undefined ? null : (
                <p class="small soft">
                  {text.change}: <code>{one.change.path}</code>{" "}
                  <code>
                    {written(one.change.from)} → {written(one.change.to)}
                  </code>
                </p>
              )}
              {one.change === undefined ? null : <ApplyChange id={one.id} applied={follow} />}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "–");
}
