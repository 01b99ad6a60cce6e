import { expect, test } from "vitest";
import { harness, request } from "./testing/front-harness.ts";

const asked = (path: string) => {
  const { handler, records } = harness(() => {
    throw new Error("no call is made here");
  });
  const headers = { origin: "https://shop.example", "access-control-request-method": "GET" };
  return { answered: handler(request({ method: "OPTIONS", path, headers })), records };
};

test.each([
  "/v1/status",
  "/v1/status/stream",
  "/v1/jobs/job_1?expires=1&signature=x",
  "/v1/jobs/job_1/events?signature=x",
  "/v1/streams/s1?signature=x",
])("a page of any origin may ask for %s with headers of its own", async (path) => {
  const { answered, records } = asked(path);
  expect(await answered).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers": "*",
    },
  });
  expect(records).toHaveLength(1);
});

test.each([
  "/v1/chat/completions",
  "/v1/models",
  "/v1/jobs",
  "/v1/jobs/job_1",
  "/v1/streams/s1",
  "/v1/files?signature=x",
])("%s is for no foreign page", async (path) => {
  const response = await asked(path).answered;
  expect(response.status).toBe(405);
  expect(Object.keys(response.headers)).not.toContain("access-control-allow-origin");
});
