import { expect, test } from "vitest";
import { PAGES, pathOf, readRoute } from "./route.tsx";

test("every page has an address that leads back to it, with or without an identifier", () => {
  for (const page of PAGES) expect(readRoute(pathOf(page))).toEqual({ page, id: undefined });
  expect(readRoute(pathOf("requests", "a/b 海"))).toEqual({ page: "requests", id: "a/b 海" });
});

test.each(["/dashboard/", "/dashboard/nowhere", "/dashboard/index.html"])("%s is the overview", (path) => {
  expect(readRoute(path).page).toBe("overview");
});

test("an address that somebody wrote by hand does no harm", () => {
  expect(readRoute("/dashboard/jobs/%E0%A4%A")).toEqual({ page: "jobs", id: "%E0%A4%A" });
});
