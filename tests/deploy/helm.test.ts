import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { COUNTER_METRICS, GAUGE_METRICS } from "../../packages/gateway/src/metrics/prometheus-names.ts";
import { TOTAL_MS } from "../../packages/tideover/src/engine/layers/attempt/defaults.ts";
import { at, entriesAt, filesBelow, listAt, problemsOf, readText, readYaml, variablesOf } from "./deploy-files.ts";
import { blocksClose, skeletonOf } from "./helm-skeleton.ts";

const CHART = "deploy/helm/tideover";
const values = readYaml(`${CHART}/values.yaml`);
const schema: unknown = JSON.parse(readText(`${CHART}/values.schema.json`));
const template = (name: string) => readText(`${CHART}/templates/${name}.yaml`);
const objects = filesBelow(`${CHART}/templates`, ".yaml").flatMap(skeletonOf);
const ofKind = (kind: string) => objects.filter((object) => at(object, "kind") === kind);
const NAMES = new Set([...COUNTER_METRICS.values(), ...GAUGE_METRICS.values()].map(({ name }) => name));

describe("templates", () => {
  test.each(filesBelow(`${CHART}/templates`, ".yaml", ".tpl", ".txt"))("every block of %s is closed", (file) => {
    expect(blocksClose(readText(file))).toBe(true);
  });

  test("they make what a gateway in a cluster needs", () => {
    expect(new Set(objects.map((object) => at(object, "kind")))).toEqual(
      new Set([
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodMonitor",
        "ScaledObject",
        "Service",
        "ServiceAccount",
      ]),
    );
    expect(template("gateway")).toContain("kind: {{ if $embedded }}StatefulSet{{ else }}Deployment{{ end }}");
  });

  test.each(objects.map((object) => [String(at(object, "kind")), object] as const))(
    "%s has what every object has",
    (_, object) => {
      expect(at(object, "apiVersion")).toMatch(/^([a-z0-9.]+\/)?v\d/);
      expect(at(object, "metadata.name")).toBeTruthy();
      expect(at(object, "metadata")).toHaveProperty("labels");
      expect(at(object, "spec") ?? at(object, "data") ?? at(object, "automountServiceAccountToken")).toBeDefined();
    },
  );

  test.each([["gateway"], ["worker"]])("the pods of the %s are bounded, not root, and read only", (component) => {
    const [object] = skeletonOf(`${CHART}/templates/${component}.yaml`);
    const pod = at(object, "spec.template.spec");
    expect(at(object, "spec.selector")).toHaveProperty("matchLabels");
    expect(at(pod, "terminationGracePeriodSeconds")).toBe("x");
    const [container] = listAt(pod, "containers");
    for (const field of ["image", "resources", "securityContext"]) expect(container).toHaveProperty(field);
    expect(readText(`${CHART}/templates/_names.tpl`)).toMatch(/runAsNonRoot: true[\s\S]*readOnlyRootFilesystem: true/);
    const mounted = listAt(container, "volumeMounts").map((mount) => at(mount, "name"));
    const volumes = new Set(listAt(pod, "volumes").map((volume) => at(volume, "name")));
    for (const name of mounted) expect(volumes.has(name), String(name)).toBe(true);
  });

  test("the gateway is asked whether it lives and whether it is ready, and drains for the longest stream", () => {
    const [object] = skeletonOf(`${CHART}/templates/gateway.yaml`);
    const [container] = listAt(object, "spec.template.spec.containers");
    expect(at(container, "livenessProbe.httpGet.path")).toBe("/healthz");
    expect(at(container, "startupProbe.httpGet.path")).toBe("/healthz");
    expect(at(container, "readinessProbe.httpGet.path")).toBe("/readyz");
    expect(at(container, "lifecycle.preStop.exec.command.0")).toBe("sleep");
    // As long as a stream may be unless a route says otherwise.
    expect(Number(at(values, "drain.longestStreamSeconds")) * 1_000).toBe(TOTAL_MS);
    const names = readText(`${CHART}/templates/_names.tpl`);
    expect(names).toContain("add .Values.drain.preStopSeconds .Values.drain.longestStreamSeconds 15");
    expect(names.match(/"drain" \(printf "%ds" \(int \.Values\.drain\.longestStreamSeconds\)\)/g)).toHaveLength(2);
  });

  test("autoscalers count open streams and the age of jobs, by names that the gateway tells", () => {
    const [hpa] = ofKind("HorizontalPodAutoscaler");
    const metric = String(at(hpa, "spec.metrics.0.pods.metric.name"));
    expect(metric).toBe("tideover_requests_in_flight");
    const asked = [...`${metric} ${template("scaledobject")}`.matchAll(/\btideover_[a-z_]+/g)].map(([name]) => name);
    expect(asked).toContain("tideover_oldest_job_age_seconds");
    for (const name of asked) expect(NAMES.has(name), name).toBe(true);
    // They never scale the same pods.
    expect(at(hpa, "spec.scaleTargetRef.name")).toBe("x");
    expect(at(ofKind("ScaledObject")[0], "spec.scaleTargetRef.name")).toBe("x-worker");
  });

  test("only workers have nobody who may call them, and nothing is allowed to call out but stores and HTTPS", () => {
    const [all, callers] = ofKind("NetworkPolicy");
    expect(at(all, "spec.policyTypes")).toEqual(["Ingress", "Egress"]);
    expect(at(all, "spec.ingress")).toBeUndefined();
    expect(listAt(callers, "spec.ingress")).toHaveLength(1);
    expect(at(values, "networkPolicy.providerPorts")).toEqual([443]);
    expect(listAt(values, "networkPolicy.providers.0.ipBlock.except")).toContain("169.254.0.0/16");
  });
});

describe("values", () => {
  /** Places of values that the schema does not know, or of another type. */
  const unlike = (value: unknown, rule: unknown, path: string): readonly string[] => {
    const type = at(rule, "type");
    const actual = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
    if (type !== undefined && type !== actual) return [`${path} is no ${type}`];
    if (at(rule, "enum") !== undefined && !listAt(rule, "enum").includes(value))
      return [`${path} is none of its words`];
    const missing = listAt(rule, "required").filter((key) => at(value, String(key)) === undefined);
    if (missing.length > 0) return [`${path} lacks ${missing.join(", ")}`];
    if (actual !== "object" || at(rule, "properties") === undefined) return [];
    return entriesAt(value, "").flatMap(([key, inner]) => {
      const known = at(rule, `properties.${key}`);
      if (known !== undefined) return unlike(inner, known, `${path}.${key}`);
      return at(rule, "additionalProperties") === false ? [`${path}.${key} is unknown`] : [];
    });
  };

  test("are as the schema says, which knows nothing that the chart does not use", () => {
    expect(unlike(values, schema, "values")).toEqual([]);
    expect(unlike({ ...(values as object), colour: 1, gateway: { replicas: "3" } }, schema, "values")).toHaveLength(2);
    const known = entriesAt(schema, "properties")
      .map(([name]) => name)
      .filter((name) => name !== "global");
    expect(known.sort()).toEqual(
      entriesAt(values, "")
        .map(([name]) => name)
        .sort(),
    );
  });

  test("every value that a template reads has a default", () => {
    const read = filesBelow(`${CHART}/templates`, ".yaml", ".tpl", ".txt").flatMap((file) =>
      [...readText(file).matchAll(/\.Values\.([A-Za-z.]+)/g)].map(([, path = ""]) => path),
    );
    expect(read.length).toBeGreaterThan(40);
    for (const path of read) expect(at(values, path), path).toBeDefined();
  });
});

describe("the configuration in the values", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tideover-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What `tideover.gatewayConfig` and `tideover.workerConfig` of the chart make of it. */
  const chartOwn = { dataDir: "/data", drain: `${at(values, "drain.longestStreamSeconds")}s` };
  const forGateway = { ...chartOwn, host: "0.0.0.0", port: 8787, workers: at(values, "gateway.processes") };

  test.each([
    ["gateways", forGateway, { workers: false }],
    ["workers", chartOwn, at(values, "worker.jobs")],
  ])("passes `tideover check` as %s get it", async (name, own, jobs) => {
    const config = at(values, "config") as Record<string, unknown>;
    const server = {
      ...(config.server as object),
      ...own,
      jobs: { ...(jobs as object), ...(at(config, "server.jobs") as object) },
    };
    const text = stringify({ ...config, server });
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    expect(await problemsOf(file, variablesOf(text))).toBeUndefined();
  });

  test("an embedded store is for one pod, and leaves the shared stores out", () => {
    const names = readText(`${CHART}/templates/_names.tpl`);
    expect(names).toContain('omit $config "stores"');
    expect(template("gateway")).toContain("{{- fail");
    expect(template("gateway")).toMatch(/if \$embedded \}\}\n {2}# One process owns a data folder\.\n {2}replicas: 1/);
  });
});
