import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { authenticateAnonymous, authenticateByKey, refuseForeign } from "./authenticate.ts";
import { request } from "./testing/front-harness.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const digest = sha256(new TextEncoder().encode("hashed-secret"));
const KEYS = [
  { name: "shop", key: "plain-secret", tenant: "shop", maxPriority: 1 },
  { name: "mail", key: `sha256:${digest}`, tenant: "mail" },
];

test.each([
  [{ authorization: "Bearer plain-secret" }, "shop", 1],
  [{ authorization: "bearer  plain-secret " }, "shop", 1],
  [{ "x-api-key": "hashed-secret" }, "mail", 2],
  [{ authorization: "Bearer hashed-secret" }, "mail", 2],
  [{ authorization: "Basic abc", "x-api-key": "plain-secret" }, "shop", 1],
])("%j is known", (headers, tenant, maxPriority) => {
  const caller = authenticateByKey(KEYS, sha256)(request({ headers }));
  expect(caller).toEqual({ tenant, maxPriority, keyName: tenant });
});

test.each([
  {},
  { authorization: "Bearer " },
  { authorization: "Bearer wrong" },
  { authorization: "Bearer plain-secre" },
  { authorization: "Bearer plain-secrets" },
  { authorization: "plain-secret" },
  // Who learns a digest from a configuration file must not get in with it.
  { authorization: `Bearer sha256:${digest}` },
  { authorization: `Bearer ${digest}` },
  { authorization: `Bearer ${"x".repeat(100_000)}` },
])("%j is refused, and every refusal reads the same", (headers) => {
  const refusal = authenticateByKey(KEYS, sha256)(request({ headers }));
  expect(refusal).toEqual(authenticateByKey(KEYS, sha256)(request()));
  expect(refusal).toMatchObject({ code: "unauthorized", headers: { "www-authenticate": "Bearer" } });
  expect(JSON.stringify(refusal)).not.toContain("secret");
});

test("plain keys work where no hash function is given", () => {
  const authenticate = authenticateByKey([{ name: "shop", key: "plain-secret", tenant: "shop" }]);
  expect(authenticate(request({ headers: { authorization: "Bearer plain-secret" } }))).toMatchObject({
    tenant: "shop",
  });
  expect(authenticate(request({ headers: { authorization: "Bearer plain-secreT" } }))).toMatchObject({
    code: "unauthorized",
  });
});

test.each([
  [{ key: "" }, 'The key "shop" is empty.'],
  [{ key: "  " }, 'The key "shop" is empty.'],
  [{ key: "sha256:abc" }, "not followed by 64 hexadecimal digits"],
  [{ key: "k", maxPriority: 8 }, "maxPriority 8"],
])("the key %j is refused when the front is made", (parts, message) => {
  expect(() => authenticateByKey([{ name: "shop", tenant: "shop", ...parts }], sha256)).toThrow(message);
});

test("a hashed key needs a hash function", () => {
  expect(() => authenticateByKey(KEYS)).toThrow('The key "mail" is hashed, but no hash function is given.');
});

test("without keys everyone is one tenant, and a bearer token is nobody's name", () => {
  const headers = { authorization: "Bearer sk-someone" };
  expect(authenticateAnonymous(false)(request({ headers }))).toEqual({ tenant: "anonymous", maxPriority: 2 });
});

test("with keys passed through, each key is a tenant of its own and goes to the provider", () => {
  const authenticate = authenticateAnonymous(true, sha256);
  const one = authenticate(request({ headers: { authorization: "Bearer sk-one" } }));
  const two = authenticate(request({ headers: { authorization: "Bearer sk-two" } }));
  expect(one).toMatchObject({ providerKey: "sk-one", tenant: expect.stringMatching(/^key-[0-9a-f]{32}$/) });
  expect(two).not.toMatchObject({ tenant: (one as { tenant: string }).tenant });
  expect(JSON.stringify((one as { tenant: string }).tenant)).not.toContain("sk-one");
});

test.each([
  {},
  { host: "LOCALHOST:8787" },
  { host: "localhost.:8787" },
  { host: "127.0.0.1:8787" },
  { host: "127.8.9.1" },
  { host: "[::1]:8787" },
  { host: "tide.internal:8787" },
  { origin: "http://localhost:3000" },
  { origin: "https://tide.internal" },
  { "content-type": "application/json; charset=utf-8" },
  { "content-type": "application/vnd.api+json" },
])("%j is trusted without keys", (headers) => {
  expect(refuseForeign(request({ headers }), ["Tide.internal"])).toBeUndefined();
});

test.each([
  [{ host: "evil.example:8787" }, "unauthorized", "Host"],
  [{ host: "127.0.0.1.evil.example" }, "unauthorized", "Host"],
  [{ host: "localhost@evil.example" }, "unauthorized", "Host"],
  [{ host: "" }, "unauthorized", "Host"],
  [{ origin: "https://evil.example" }, "unauthorized", "Origin"],
  [{ origin: "null" }, "unauthorized", "Origin"],
  [{ origin: "http://localhost.evil.example" }, "unauthorized", "Origin"],
  [{ "content-type": "text/plain" }, "invalid_request", "Content-Type"],
  [{ "content-type": "text/plain; application/json" }, "invalid_request", "Content-Type"],
  [{ "content-type": "application/x-www-form-urlencoded" }, "invalid_request", "Content-Type"],
])("%j is refused without keys", (headers, code, param) => {
  expect(refuseForeign(request({ headers }), [])).toMatchObject({ code, param });
});

test("every host is accepted where the operator says so", () => {
  expect(
    refuseForeign(request({ headers: { host: "any.example", origin: "https://any.example" } }), ["*"]),
  ).toBeUndefined();
});
