import { expect, test } from "vitest";
import { accessOf } from "./admin-access.ts";

const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}) => {
  const body = new Uint8Array();
  const { signal } = new AbortController();
  const request = { method: "GET", path: "/", body, signal, remoteAddress, header: (name: string) => headers[name] };
  const access = accessOf(request, "the-key");
  return typeof access === "string" ? access : "refused";
};

test("the trail says by what somebody was let in, not what they sent", () => {
  expect(from("10.0.0.1", { authorization: "Bearer the-key" })).toBe("admin key");
  expect(from("127.0.0.1", { authorization: "Bearer the-key" })).toBe("admin key");
  expect(from("127.0.0.1", { authorization: "Bearer a-guess" })).toBe("this machine");
  expect(from("127.0.0.1")).toBe("this machine");
  expect(from("10.0.0.1", { authorization: "Bearer a-guess" })).toBe("refused");
  expect(from("10.0.0.1")).toBe("refused");
});
