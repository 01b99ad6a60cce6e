import { expect, test } from "vitest";
import { isOnOwnNetwork } from "./own-network.ts";

test.each([
  ["http://127.0.0.1:8000/v1", true],
  ["http://localhost:11434/v1", true],
  ["http://[::1]:8000/v1", true],
  ["http://10.1.2.3/v1", true],
  ["http://172.16.0.9/v1", true],
  ["http://172.32.0.9/v1", false],
  ["http://192.168.1.20:8000/v1", true],
  ["http://[fd00::1]:8000/v1", true],
  ["http://vllm:8000/v1", true],
  ["http://host.docker.internal:8000/v1", true],
  ["http://box.local/v1", true],
  ["https://api.deepseek.com", false],
  ["https://10.example.com/v1", false],
  ["http://8.8.8.8/v1", false],
  ["in-process:", false],
  ["none", false],
])("%s: %s", (baseUrl, own) => {
  expect(isOnOwnNetwork(baseUrl)).toBe(own);
});
