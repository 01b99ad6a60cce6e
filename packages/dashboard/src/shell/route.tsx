import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

/** The pages, in the order of the menu. */
export const PAGES = [
  "overview",
  "providers",
  "requests",
  "cache",
  "jobs",
  "review",
  "capacity",
  "playground",
  "settings",
] as const;

/** A page of the dashboard. */
export type PageName = (typeof PAGES)[number];

/** Where the person is: a page, and the thing on it that is looked at. */
export interface Route {
  readonly page: PageName;
  /** The identifier after the page's name in the address, such as a request's. */
  readonly id: string | undefined;
}

const BASE = "/dashboard";

/** The address of a page. */
export function pathOf(page: PageName, id?: string): string {
  const place = page === "overview" ? BASE : `${BASE}/${page}`;
  return id === undefined ? place : `${place}/${encodeURIComponent(id)}`;
}

/** The page that an address means; an unknown one is the overview. */
export function readRoute(pathname: string): Route {
  const [name, id] = pathname
    .slice(BASE.length)
    .split("/")
    .filter((part) => part !== "");
  const page = PAGES.find((known) => known === name) ?? "overview";
  return { page, id: id === undefined ? undefined : decodePart(id) };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody wrote the address by hand; as it stands it names nothing, and the page says so.
    return part;
  }
}

interface RouteState {
  readonly route: Route;
  go(page: PageName, id?: string): void;
}

const Context = createContext<RouteState>({ route: { page: "overview", id: undefined }, go: () => undefined });

/** Makes the address known to everything below and follows the browser's back and forward. */
export function RouteProvider({ children }: { readonly children: ComponentChildren }) {
  const [route, setRoute] = useState(() => readRoute(location.pathname));
  useEffect(() => {
    const moved = () => setRoute(readRoute(location.pathname));
    window.addEventListener("popstate", moved);
    return () => window.removeEventListener("popstate", moved);
  }, []);
  const state = useMemo<RouteState>(
    () => ({
      route,
      go(page, id) {
        const path = pathOf(page, id);
        if (path !== location.pathname) history.pushState(null, "", path);
        setRoute({ page, id });
      },
    }),
    [route],
  );
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

/** Where the person is, and how to go elsewhere. */
export function useRoute(): RouteState {
  return useContext(Context);
}

/** A link to a page of the dashboard: an ordinary link that does not load the page anew. */
export function PageLink(properties: {
  readonly page: PageName;
  readonly id?: string | undefined;
  readonly class?: string | undefined;
  readonly current?: boolean | undefined;
  readonly label?: string | undefined;
  readonly children: ComponentChildren;
}) {
  const { page, id, children } = properties;
  const { go } = useRoute();
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(page, id);
  };
  return (
    <a
      href={pathOf(page, id)}
      class={properties.class}
      aria-current={properties.current === true ? "page" : undefined}
      aria-label={properties.label}
      onClick={follow}
    >
      {children}
    </a>
  );
}
