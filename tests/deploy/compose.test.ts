import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { at, entriesAt, listAt, problemsOf, readText, readYaml, rootPath, variablesOf } from "./deploy-files.ts";

const FOLDER = "deploy/compose";
const compose = readYaml(`${FOLDER}/compose.yaml`);
const services = entriesAt(compose, "services");
const service = (name: string): unknown => at(compose, `services.${name}`);
/** A compose duration such as `5m30s`, in seconds. */
const seconds = (text: unknown): number =>
  [...String(text).matchAll(/(\d+)(m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (unit === "m" ? 60 : 1), 0);

describe("compose.yaml", () => {
  test("has the gateways, the workers, the stores and the eyes", () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      ["batch", "cache", "database", "grafana", "interactive", "prometheus", "queue", "worker"].sort(),
    );
  });

  test.each(services)("%s may take so much processor, memory and processes, and its log so much disk", (_, its) => {
    const limits = at(its, "deploy.resources.limits");
    expect(Number(at(limits, "cpus"))).toBeGreaterThan(0);
    expect(at(limits, "memory")).toMatch(/^\d+[MG]$/);
    expect(at(limits, "pids")).toBeGreaterThan(0);
    expect(at(its, "logging.options.max-size")).toMatch(/^\d+m$/);
    expect(at(its, "security_opt")).toContain("no-new-privileges:true");
  });

  test("no secret stands in it: what has such a name comes from outside, and is missed when it is not set", () => {
    for (const [name, its] of services) {
      for (const [variable, value] of entriesAt(its, "environment")) {
        if (!/KEY|SECRET|PASSWORD/.test(variable)) continue;
        const wanted = /_FILE$/.test(variable) ? /^\/run\/secrets\// : /^\$\{\w+:\?/;
        expect(value, `${name}: ${variable}`).toMatch(wanted);
      }
    }
    for (const [name, secret] of entriesAt(compose, "secrets"))
      expect(at(secret, "environment"), name).toMatch(/^[A-Z_]+$/);
    const listed = readText(`${FOLDER}/.env.example`).match(/^[A-Z_]+=$/gm) ?? [];
    const used = new Set(
      [...readText(`${FOLDER}/compose.yaml`).matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => `${name}=`),
    );
    for (const [, secret] of entriesAt(compose, "secrets")) used.add(`${at(secret, "environment")}=`);
    expect(new Set(listed)).toEqual(used);
    expect(readText(`${FOLDER}/.gitignore`).split("\n")).toContain(".env");
  });

  test("stores are reached only from within, and every published port is on loopback", () => {
    expect(at(compose, "networks.back.internal")).toBe(true);
    for (const name of ["cache", "database", "queue"]) {
      expect(at(service(name), "networks")).toEqual(["back"]);
      expect(at(service(name), "ports")).toBeUndefined();
    }
    for (const [, its] of services) for (const port of listAt(its, "ports")) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("every file that is mounted is there", () => {
    for (const [name, its] of services) {
      for (const volume of listAt(its, "volumes")) {
        if (at(volume, "type") !== "bind") continue;
        expect(existsSync(rootPath(`${FOLDER}/${at(volume, "source")}`)), `${name}: ${at(volume, "source")}`).toBe(
          true,
        );
        expect(at(volume, "read_only")).toBe(true);
      }
    }
  });
});

describe.each([
  ["interactive", "interactive.yaml"],
  ["batch", "batch.yaml"],
  ["worker", "batch.yaml"],
])("the service %s", (name, file) => {
  const its = service(name);
  const settings = readYaml(`${FOLDER}/${file}`);

  test("has a configuration that passes `tideover check`", async () => {
    const variables = variablesOf(readText(`${FOLDER}/${file}`));
    expect(await problemsOf(rootPath(`${FOLDER}/${file}`), variables)).toBeUndefined();
  });

  test("is given every variable that the configuration names", () => {
    const given = entriesAt(its, "environment").map(([variable]) => variable);
    expect(given).toEqual(expect.arrayContaining(Object.keys(variablesOf(readText(`${FOLDER}/${file}`)))));
  });

  test("is not root, writes only where it must, and is let finish", () => {
    expect(at(its, "read_only")).toBe(true);
    expect(at(its, "cap_drop")).toEqual(["ALL"]);
    expect(seconds(at(its, "stop_grace_period"))).toBeGreaterThan(seconds(at(settings, "server.drain")));
  });
});

test("`tideover check` would see what is wrong", async () => {
  expect(await problemsOf(rootPath(`${FOLDER}/prometheus.yaml`), {})).toContain("scrape_configs");
});

test("people and machines share no process, no key and not all places at the provider", () => {
  const [people, machines] = [readYaml(`${FOLDER}/interactive.yaml`), readYaml(`${FOLDER}/batch.yaml`)];
  expect(at(people, "server.keys.0.key")).not.toBe(at(machines, "server.keys.0.key"));
  expect(at(people, "server.keys.0.maxPriority")).toBeLessThan(Number(at(machines, "server.keys.0.maxPriority")));
  // The gateway for people does not work on jobs, and no stream of it outlasts its drain.
  expect(at(people, "server.jobs.workers")).toBe(false);
  for (const route of listAt(people, "routes")) expect(at(route, "total")).toBe(at(people, "server.drain"));
  const most = (settings: unknown) => Number(at(settings, "providers.deepseek.limit.max"));
  // The batch gateway and the worker each have theirs; 2,500 is what the account allows.
  expect(most(people) + 2 * most(machines)).toBeLessThanOrEqual(2_500);
});
