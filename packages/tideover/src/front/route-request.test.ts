import { expect, test } from "vitest";
import { routeRequest } from "./route-request.ts";

test.each([
  ["/v1/chat/completions", "chat", false],
  ["/chat/completions", "chat", false],
  ["/beta/chat/completions", "chat", true],
  ["/v1/completions", "completions", false],
  ["/completions", "completions", false],
  ["/beta/completions", "completions", true],
  ["/v1/embeddings", "embeddings", false],
  ["/embeddings?api-version=1", "embeddings", false],
])("POST %s is %s", (path, operation, beta) => {
  expect(routeRequest("POST", path)).toMatchObject({ kind: "call", operation, beta });
});

test.each([
  ["/v1/models", { kind: "models" }],
  ["/models", { kind: "models" }],
  ["/v1/models/deepseek-flash", { kind: "model", id: "deepseek-flash" }],
  ["/v1/models/deepseek-ai/DeepSeek-V3", { kind: "model", id: "deepseek-ai/DeepSeek-V3" }],
  ["/anthropic/v1/models", { kind: "models" }],
  ["/anthropic/v1/models/deepseek-flash", { kind: "model", id: "deepseek-flash" }],
  ["/models/deepseek-ai%2FDeepSeek-V3?x=1", { kind: "model", id: "deepseek-ai/DeepSeek-V3" }],
  ["/healthz", { kind: "health" }],
  ["/readyz", { kind: "readiness" }],
])("GET %s", (path, endpoint) => {
  expect(routeRequest("GET", path)).toMatchObject(endpoint);
  expect(routeRequest("HEAD", path)).toMatchObject(endpoint);
});

test.each(["/", "/v1/chat", "/v1/models/", "/v1/models/%E0%A4", "/__proto__", "/constructor", "//healthz"])(
  "%s is unknown, and the known paths are named",
  (path) => {
    expect(routeRequest("GET", path)).toMatchObject({
      code: "invalid_request",
      status: 404,
      message: expect.stringContaining("/v1/chat/completions"),
    });
  },
);

test.each([
  ["GET", "/v1/chat/completions", "POST"],
  ["OPTIONS", "/v1/chat/completions", "POST"],
  ["POST", "/v1/models", "GET, HEAD"],
  ["DELETE", "/healthz", "GET, HEAD"],
])("%s %s is not allowed", (method, path, allow) => {
  expect(routeRequest(method, path)).toMatchObject({ status: 405, headers: { allow } });
});
