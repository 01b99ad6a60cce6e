import { describe, expect, test } from "vitest";
import { at, documentsOf, listAt, readText } from "./deploy-files.ts";

const objects = ["gateway", "providers"].flatMap((name) => documentsOf(readText(`deploy/istio/${name}.yaml`), name));
const ofKind = (kind: string) => objects.filter((object) => at(object, "kind") === kind);

describe("the mesh", () => {
  test("has an entry, a rule and the ways", () => {
    expect(ofKind("ServiceEntry").length).toBeGreaterThan(0);
    expect(ofKind("DestinationRule").length).toBeGreaterThan(1);
    expect(ofKind("VirtualService")).toHaveLength(1);
    for (const object of objects) {
      expect(at(object, "apiVersion")).toBe("networking.istio.io/v1");
      expect(at(object, "metadata.name")).toBeTruthy();
      expect(at(object, "spec.host") ?? at(object, "spec.hosts")).toBeTruthy();
    }
  });

  test("never repeats a generation, and puts no time on a stream", () => {
    const [service] = ofKind("VirtualService");
    const routes = listAt(service, "spec.http");
    expect(at(routes[0], "match.0.method.exact")).toBe("POST");
    for (const route of routes.slice(0, 2)) {
      expect(at(route, "retries.attempts")).toBe(0);
      expect(at(route, "timeout")).toBe("0s");
    }
    // What is repeated is repeated only before anything was answered.
    expect(at(routes[2], "retries.retryOn")).toBe("connect-failure,refused-stream");
  });

  test("leaves out what cannot be connected to, never what answers with a status of its own", () => {
    for (const rule of ofKind("DestinationRule")) {
      const outliers = at(rule, "spec.trafficPolicy.outlierDetection");
      expect(at(outliers, "splitExternalLocalOriginErrors")).toBe(true);
      expect(at(outliers, "consecutiveLocalOriginFailures")).toBeGreaterThan(0);
      expect(at(outliers, "consecutive5xxErrors")).toBe(0);
      expect(at(outliers, "consecutiveGatewayErrors")).toBe(0);
    }
  });

  test("goes to another region when the own one is gone, where there is more than one", () => {
    const [gateway] = ofKind("DestinationRule");
    expect(at(gateway, "spec.trafficPolicy.loadBalancer.localityLbSetting.enabled")).toBe(true);
    const regions = new Set(
      ofKind("ServiceEntry").flatMap((entry) =>
        listAt(entry, "spec.endpoints").map((endpoint) => at(endpoint, "locality")),
      ),
    );
    const failover = ofKind("DestinationRule").flatMap((rule) =>
      listAt(rule, "spec.trafficPolicy.loadBalancer.localityLbSetting.failover").map((way) => at(way, "from")),
    );
    for (const region of regions) expect(failover).toContain(region);
  });
});
