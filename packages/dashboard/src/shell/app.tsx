import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AccessProvider, useAccess } from "../api/access.tsx";
import { LiveProvider, useLive } from "../api/live.tsx";
import type { ReviewList } from "../api/types.ts";
import { useAnswer } from "../api/use-answer.ts";
import { LanguageProvider, useLanguage, useWords } from "../language/language.tsx";
import { CachePage } from "../pages/cache/cache-page.tsx";
import { CapacityPage } from "../pages/capacity/capacity-page.tsx";
import { JobsPage } from "../pages/jobs/jobs-page.tsx";
import { OverviewPage } from "../pages/overview/overview-page.tsx";
import { PlaygroundPage } from "../pages/playground/playground-page.tsx";
import { ProvidersPage } from "../pages/providers/providers-page.tsx";
import { RequestsPage } from "../pages/requests/requests-page.tsx";
import { ReviewPage } from "../pages/review/review-page.tsx";
import { SettingsPage } from "../pages/settings/settings-page.tsx";
import { Choices, type Tone } from "../parts/parts.tsx";
import { BrandIcon, PageIcon } from "./icons.tsx";
import { KeyPrompt } from "./key-prompt.tsx";
import { PAGES, PageLink, type PageName, pathOf, RouteProvider, useRoute } from "./route.tsx";
import { useTheme } from "./theme.ts";
import { shellWords } from "./words.ts";

/** How often the menu's count of waiting reviews is asked for, in ms. */
const REVIEW_COUNT_MS = 30_000;

const PAGE_VIEWS: Readonly<Record<PageName, () => ComponentChildren>> = {
  overview: () => <OverviewPage />,
  providers: () => <ProvidersPage />,
  requests: () => <RequestsPage />,
  cache: () => <CachePage />,
  jobs: () => <JobsPage />,
  review: () => <ReviewPage />,
  capacity: () => <CapacityPage />,
  playground: () => <PlaygroundPage />,
  settings: () => <SettingsPage />,
};

/** The whole dashboard. */
export function App() {
  return (
    <LanguageProvider>
      <RouteProvider>
        <AccessProvider>
          <LiveProvider>
            <Shell />
          </LiveProvider>
        </AccessProvider>
      </RouteProvider>
    </LanguageProvider>
  );
}

function Shell() {
  const text = useWords(shellWords);
  const { route } = useRoute();
  const { denied } = useAccess();
  const { connection } = useLive();
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {text.skip}
      </a>
      <Side page={route.page} />
      <main class="main" id="main" tabIndex={-1}>
        {connection === "lost" && !denied ? (
          <div class="banner" role="status">
            {text.lostBanner}
          </div>
        ) : null}
        {denied ? <KeyPrompt /> : <div key={route.page}>{PAGE_VIEWS[route.page]()}</div>}
      </main>
    </div>
  );
}

function Side({ page }: { readonly page: PageName }) {
  const text = useWords(shellWords);
  const { language, choose } = useLanguage();
  const [theme, setTheme] = useTheme();
  const { denied } = useAccess();
  const { answer } = useAnswer<ReviewList>(
    denied ? undefined : "/admin/api/review?state=waiting&limit=1",
    REVIEW_COUNT_MS,
  );
  const waiting = answer?.type === "value" ? answer.value.counts.waiting : 0;
  const menu = useRef<HTMLElement>(null);
  // On a telephone the menu is one line that scrolls: the page that is shown must be in sight there.
  useEffect(() => {
    const { current } = menu;
    const link = current?.querySelector<HTMLElement>(`[href="${pathOf(page)}"]`);
    if (current === null || link === null || link === undefined) return;
    current.scrollTo({ left: link.offsetLeft - (current.clientWidth - link.clientWidth) / 2 });
  }, [page]);
  return (
    <header class="side">
      <PageLink page="overview" class="brand">
        <BrandIcon />
        Tideover
      </PageLink>
      <nav aria-label={text.menu} ref={menu}>
        <ul class="pages">
          {PAGES.map((name) => (
            <li key={name}>
              <PageLink page={name} current={name === page}>
                <PageIcon page={name} />
                {text.pages[name]}
                {name === "review" && waiting > 0 ? (
                  <span class="mark">
                    {waiting}
                    <span class="visually-hidden">{text.waiting(waiting)}</span>
                  </span>
                ) : null}
              </PageLink>
            </li>
          ))}
        </ul>
      </nav>
      <div class="side-foot">
        <ConnectionSign />
        <Choices
          label={text.language}
          value={language}
          options={[
            { value: "en", label: "EN" },
            { value: "zh", label: "中文" },
          ]}
          choose={choose}
        />
        <Choices
          label={text.theme}
          value={theme}
          options={(["system", "light", "dark"] as const).map((value) => ({ value, label: text.themes[value] }))}
          choose={setTheme}
        />
      </div>
    </header>
  );
}

function ConnectionSign() {
  const text = useWords(shellWords);
  const { connection } = useLive();
  const tones = { live: "normal", connecting: "quiet", lost: "outage", absent: "busy" } as const satisfies Record<
    typeof connection,
    Tone
  >;
  const says = { live: text.live, connecting: text.connecting, lost: text.lost, absent: text.noStream };
  return (
    <div class="connection">
      <span class={connection === "live" ? "dot pulse" : "dot"} data-tone={tones[connection]} />
      <span>{says[connection]}</span>
    </div>
  );
}
