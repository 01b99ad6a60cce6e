import { afterEach, expect, test, vi } from "vitest";
import { ask } from "./ask.ts";

afterEach(() => vi.unstubAllGlobals());

function answering(response: Response | Error) {
  const fetching = vi.fn((_path: string, _request: RequestInit) =>
    response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
  );
  vi.stubGlobal("fetch", fetching);
  vi.stubGlobal("window", { sessionStorage: { getItem: () => "the-key" } });
  return fetching;
}

const refused = (status: number, message: string) => new Response(JSON.stringify({ error: { message } }), { status });

test.each<[number, string]>([
  [401, "denied"],
  [403, "denied"],
  [404, "absent"],
  [501, "absent"],
  [409, "failed"],
  [503, "failed"],
])("%i of the admin API is %s, with its message", async (status, type) => {
  answering(refused(status, "Why not."));
  expect(await ask("/admin/api/jobs")).toMatchObject({ type, message: "Why not." });
});

test("what is not the gateway's own answer is told by its status", async () => {
  answering(new Response("<html>", { status: 502 }));
  expect(await ask("/admin/api/jobs")).toEqual({ type: "failed", status: 502, message: "HTTP 502" });
});

test("a gateway that is away is a failure without a status, not an exception", async () => {
  answering(new Error("Failed to fetch"));
  expect(await ask("/admin/api/jobs")).toEqual({ type: "failed", status: undefined, message: "Failed to fetch" });
});

test("the admin key goes to the admin API alone: elsewhere it would name a caller", async () => {
  const fetching = answering(new Response("{}"));
  await ask("/admin/api/cache?tag=x", { method: "DELETE" });
  expect(fetching.mock.calls[0]?.[1].headers).toEqual({ authorization: "Bearer the-key" });
  const models = answering(refused(401, "A key is needed."));
  expect(await ask("/v1/models")).toMatchObject({ type: "failed", status: 401 });
  expect(models.mock.calls[0]?.[1].headers).toEqual({});
});
