import { describe, expect, test } from "vitest";
import { streamOf } from "../engine/index.ts";
import { ALL_ENDPOINTS } from "./all-endpoints.ts";
import { answerOf, chunks, FINISH, harness, parsed, request, textOf } from "./testing/front-harness.ts";

const answered = () => answerOf(streamOf([...chunks("Hello"), FINISH]));
const KEYS = [{ name: "shop", key: "secret", tenant: "shop-tenant" }];
const KEYED = { authorization: "Bearer secret" };

describe("endpoints that are loaded when they are asked for", () => {
  const COUNT = {
    path: "/v1/messages/count_tokens",
    body: { model: "m", max_tokens: 1, messages: [{ role: "user", content: "Hello" }] },
  };

  test("one that could not be loaded costs that request its answer, and no other", async () => {
    const lost = new TypeError("Failed to fetch dynamically imported module");
    let asked = 0;
    const messages = async () => {
      if (++asked === 1) throw lost;
      return ALL_ENDPOINTS.messages();
    };
    const { handler, records } = harness(answered, { endpoints: { ...ALL_ENDPOINTS, messages } });
    const failed = await handler(request(COUNT));
    expect(failed.status).toBe(503);
    expect(failed.headers["retry-after"]).toBeDefined();
    expect(parsed(await textOf(failed)).error).toMatchObject({
      code: "ladder_exhausted",
      message: expect.stringContaining("could not be loaded; the next request tries again"),
    });
    expect(records).toMatchObject([{ result: "failed", thrown: lost }]);
    expect((await handler(request())).status).toBe(200);
    const counted = await handler(request(COUNT));
    expect([counted.status, parsed(await textOf(counted)).input_tokens]).toEqual([200, expect.any(Number)]);
  });

  test("their errors are told in their own form", async () => {
    const messages = () => Promise.resolve(ALL_ENDPOINTS.messages());
    const { handler } = harness(answered, { endpoints: { ...ALL_ENDPOINTS, messages } });
    const refused = await handler(request({ ...COUNT, method: "GET" }));
    expect(refused.status).toBe(405);
    expect(parsed(await textOf(refused))).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });
});

test.each([
  ["GET", "/v1/jobs", "unknown_job"],
  ["DELETE", "/v1/jobs/job-1", "unknown_job"],
  ["POST", "/v1/batches", "invalid_request"],
  ["GET", "/v1/files/file-1/content", "invalid_request"],
  ["GET", "/v1/status", "invalid_request"],
])(
  "%s %s is refused alike whether the endpoint is there without anything to tell of, or not there",
  async (...asked) => {
    const [method, path, code] = asked;
    const { messages, responses } = ALL_ENDPOINTS;
    const told = [];
    for (const endpoints of [ALL_ENDPOINTS, { messages, responses }]) {
      const { handler } = harness(answered, { keys: KEYS, endpoints });
      const stranger = await handler(request({ method, path, body: "" }));
      expect(stranger.status).toBe(path === "/v1/status" ? 404 : 401);
      const response = await handler(request({ method, path, body: "", headers: KEYED }));
      expect(response.status).toBe(404);
      told.push(parsed(await textOf(response)).error);
    }
    expect(told[0]).toMatchObject({ code });
    expect(told[1]).toEqual(told[0]);
  },
);
