import type { PageName } from "./route.tsx";

/** One path for each page, drawn in a square of 20. */
const PATHS: Readonly<Record<PageName, string>> = {
  overview:
    "M3 11.500c2.300 0 2.300-2 4.700-2s2.300 2 4.600 2 2.300-2 4.700-2M3 15.500c2.300 0 2.300-2 4.700-2s2.300 2 4.600 2 2.300-2 4.700-2M10 3v3M5.500 4.500l1 1.500M14.500 4.500l-1 1.500",
  providers: "M4 4h12v4.500H4zM4 11.500h12V16H4zM7 6.300h.01M7 13.800h.01",
  requests: "M3 5h7M6 8.300h7M9 11.700h6M12 15h5",
  cache: "M10 3 3.500 6.300 10 9.600l6.500-3.300zM3.500 10 10 13.300 16.500 10M3.500 13.700 10 17l6.500-3.300",
  jobs: "M4 5.500h2M4 10h2M4 14.500h2M9 5.500h7M9 10h7M9 14.500h7",
  review: "M4 4h12v9.500H9.500L6 16.500v-3H4zM7.300 8.600l1.900 1.900 3.600-3.600",
  capacity: "M3 16.500h14M4 13.500l3.500-4 3 2.500L16 5.500M12.500 5.500H16V9",
  playground: "M6 4.500v11l9-5.500z",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
};

/** The sign of a page beside its name. */
export function PageIcon({ page }: { readonly page: PageName }) {
  return (
    <svg
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[page]} />
    </svg>
  );
}

/** The sign of the product. */
export function BrandIcon() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0a6b78" />
      <g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round">
        <path d="M5 12c3.700 0 3.700-3 7.300-3s3.700 3 7.400 3 3.700-3 7.300-3" />
        <path d="M5 18.500c3.700 0 3.700-3 7.300-3s3.700 3 7.400 3 3.700-3 7.300-3" opacity=".75" />
        <path d="M5 25c3.700 0 3.700-3 7.300-3s3.700 3 7.400 3 3.700-3 7.300-3" opacity=".5" />
      </g>
    </svg>
  );
}
