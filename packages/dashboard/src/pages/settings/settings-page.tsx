import { useState } from "preact/hooks";
import type { SettingsAnswer, SettingsSection } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Badge, Card, Choices, Empty, TableArea } from "../../parts/parts.tsx";
import { Page } from "../../shell/page.tsx";
import { shellWords } from "../../shell/words.ts";
import { CheckChange } from "./check-change.tsx";
import { settingsWords } from "./words.ts";

/** Every setting in force with its origin, and a place to try a change. */
export function SettingsPage() {
  const text = useWords(settingsWords);
  const { pages } = useWords(shellWords);
  const { answer, again } = useAnswer<SettingsAnswer>("/admin/api/settings");
  return (
    <Page title={pages.settings} intro={text.intro}>
      <CheckChange />
      <Answered answer={answer} again={again}>
        {(settings) => <Settings settings={settings} />}
      </Answered>
    </Page>
  );
}

function Settings({ settings }: { readonly settings: SettingsAnswer }) {
  const text = useWords(settingsWords);
  const [show, setShow] = useState<"all" | "own">("all");
  const [search, setSearch] = useState("");
  const sections = settings.sections
    .map((section) => narrowed(section, show, search.trim().toLowerCase()))
    .filter(({ values }) => values.length > 0);
  return (
    <>
      <div class="row apart">
        <p class="soft">
          {settings.file === null ? (
            text.noFile
          ) : (
            <>
              {text.file}: <code>{settings.file}</code>
            </>
          )}
        </p>
        <div class="row">
          <input
            class="input narrow"
            type="search"
            aria-label={text.search}
            placeholder={text.searchHint}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <Choices
            label={text.show}
            value={show}
            options={[
              { value: "all", label: text.shows.all },
              { value: "own", label: text.shows.own },
            ]}
            choose={(value) => setShow(value)}
          />
        </div>
      </div>
      {sections.length === 0 ? (
        <Card>
          <Empty title={text.nothing} />
        </Card>
      ) : null}
      {sections.map((section) => (
        <Section key={`${section.section} ${section.name}`} section={section} />
      ))}
    </>
  );
}

function narrowed(section: SettingsSection, show: "all" | "own", search: string): SettingsSection {
  const values = section.values.filter(
    ({ setting, value, from }) =>
      (show === "all" || (from !== "default" && from !== "preset")) &&
      `${section.name} ${setting} ${value}`.toLowerCase().includes(search),
  );
  return { ...section, values };
}

function Section({ section }: { readonly section: SettingsSection }) {
  const text = useWords(settingsWords);
  const kind = text.sections[section.section];
  const title = section.name === "" ? kind : `${kind} ${section.name}`;
  return (
    <Card title={title} note={section.model} flush>
      {section.ladder === undefined ? null : (
        <p class="inset soft">
          {text.ladder}: <code>{section.ladder.join(" > ")}</code>
        </p>
      )}
      <TableArea label={title} class="settings-table">
        <thead>
          <tr>
            <th scope="col">{text.setting}</th>
            <th scope="col">{text.value}</th>
            <th scope="col">{text.origin}</th>
          </tr>
        </thead>
        <tbody>
          {section.values.map(({ setting, value, origin, from, active }) => (
            <tr key={setting}>
              <th scope="row" class="mono">
                {setting}
              </th>
              <td class="mono wraps">{value}</td>
              <td>
                <span class={from === "default" ? "faint" : undefined}>{text.origins(origin)}</span>{" "}
                {active ? null : <Badge>{text.inactive}</Badge>}
              </td>
            </tr>
          ))}
        </tbody>
      </TableArea>
    </Card>
  );
}
