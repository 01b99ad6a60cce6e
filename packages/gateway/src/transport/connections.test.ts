import { readFileSync } from "node:fs";
import { createServer as createProxyServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type LookupFunction } from "node:net";
import { failure, type TransportRequest } from "tideover/engine";
import { afterEach, describe, expect, test } from "vitest";
import { createNodeTransport, type NodeTransportOptions } from "./node-transport.ts";
import { proxyFromEnvironment } from "./proxy-settings.ts";
import { readAll, startRawServer, until, wholeResponse } from "./testing/raw-server.ts";

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fixture = (name: string) => readFileSync(new URL(`./testing/fixtures/${name}`, import.meta.url), "utf8");
const never = new AbortController().signal;
const get = (url: string): TransportRequest => ({ method: "GET", url, headers: {} });

function transportWith(options: NodeTransportOptions) {
  const transport = createNodeTransport(options);
  closers.push(() => transport.close());
  return transport;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function textFrom(transport: ReturnType<typeof transportWith>, url: string): Promise<string> {
  const response = await transport.send(get(url), never);
  return response.type === "failure" ? `failed: ${response.reason}` : (await readAll(response.body)).text;
}

const resolvesTo =
  (...addresses: string[]): LookupFunction =>
  (_host, options, callback) => {
    const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    const [first] = all;
    if (options.all) callback(null, all);
    else callback(null, first?.address ?? "", first?.family);
  };

describe("names and addresses", () => {
  test("every address of a name is tried", async () => {
    const server = await startRawServer((socket) => socket.write(wholeResponse("reached")));
    closers.push(() => server.close());
    const transport = transportWith({ lookup: resolvesTo("127.0.0.2", "127.0.0.3", "127.0.0.1") });
    expect(await textFrom(transport, `http://many.test:${server.port}/`)).toBe("reached");
  });

  test("IPv6, as a literal and behind a name that has both", async () => {
    const server = await startRawServer((socket) => socket.write(wholeResponse("six")), "::1");
    closers.push(() => server.close());
    expect(await textFrom(transportWith({}), `${server.url}/`)).toBe("six");
    const transport = transportWith({ lookup: resolvesTo("127.0.0.1", "::1") });
    expect(await textFrom(transport, `http://both.test:${server.port}/`)).toBe("six");
  });

  test("no address answers: refused", async () => {
    const server = await startRawServer(() => undefined);
    await server.close();
    const transport = transportWith({ lookup: resolvesTo("127.0.0.1", "127.0.0.2") });
    expect(await transport.send(get(`http://many.test:${server.port}/`), never)).toMatchObject({
      reason: "connection-refused",
      beforeAnyByte: true,
    });
  });

  test.each(["ENOTFOUND", "EAI_AGAIN"])("a name that is not found: %s", async (code) => {
    const transport = transportWith({
      lookup: (_host, _options, callback) => callback(Object.assign(new Error("lookup"), { code }), ""),
    });
    expect(await transport.send(get("http://nowhere.test/"), never)).toMatchObject({
      kind: "fault",
      reason: "dns-failure",
      beforeAnyByte: true,
    });
  });
});

describe("TLS", () => {
  const startTls = (name = "server") =>
    listening(
      createTlsServer({ key: fixture(`${name}.key`), cert: fixture(`${name}.pem`) }, (_request, response) =>
        response.end("secure"),
      ),
    );

  test("a custom authority is trusted beside the usual ones", async () => {
    const port = await startTls();
    const transport = transportWith({ ca: [fixture("authority.pem")], lookup: resolvesTo("127.0.0.1") });
    expect(await textFrom(transport, `https://tideover.test:${port}/`)).toBe("secure");
  });

  test("an unknown authority", async () => {
    const port = await startTls();
    const transport = transportWith({ lookup: resolvesTo("127.0.0.1") });
    const result = await transport.send(get(`https://tideover.test:${port}/`), never);
    expect(result).toMatchObject({ kind: "fault", reason: "tls-failure", beforeAnyByte: true });
    expect(result).toHaveProperty("message", expect.stringContaining("custom CA"));
  });

  test("a certificate for another name", async () => {
    const port = await startTls();
    const transport = transportWith({ ca: [fixture("authority.pem")], lookup: resolvesTo("127.0.0.1") });
    const result = await transport.send(get(`https://other.test:${port}/`), never);
    expect(result).toMatchObject({ reason: "tls-failure" });
    expect(result).toHaveProperty("message", expect.stringContaining("another name"));
  });

  test("a server that speaks plain HTTP", async () => {
    const server = await startRawServer(() => undefined);
    closers.push(() => server.close());
    const plain = createProxyServer((_request, response) => response.end());
    const port = await listening(plain);
    const transport = transportWith({ lookup: resolvesTo("127.0.0.1") });
    const result = await transport.send(get(`https://tideover.test:${port}/`), never);
    expect(result).toMatchObject({ reason: "tls-failure" });
    expect(result).toHaveProperty("message", expect.stringContaining("http://"));
  });

  test("a custom CA that is no certificate", () => {
    expect(() => createNodeTransport({ ca: ["not a pem"] })).toThrow("not a certificate in PEM form");
  });
});

describe("proxies", () => {
  /** A small forward proxy: tunnels CONNECT and forwards absolute URLs, always to loopback. */
  async function startProxy(answerConnect = true) {
    const seen: string[] = [];
    const proxy = createProxyServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end("by the proxy");
    });
    proxy.on("connect", (request, client, head) => {
      seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
      if (!answerConnect) return void client.resume().on("end", () => client.destroy());
      const port = Number(request.url?.split(":")[1]);
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [upstream, client]) socket.on("error", () => upstream.destroy());
      client.on("close", () => upstream.destroy());
    });
    const port = await listening(proxy);
    return { proxy, seen, url: `http://127.0.0.1:${port}` };
  }

  test("https goes through a CONNECT tunnel, with the proxy's password and the custom authority", async () => {
    const server = createTlsServer({ key: fixture("server.key"), cert: fixture("server.pem") }, (_request, response) =>
      response.end("tunnelled"),
    );
    const port = await listening(server);
    const proxy = await startProxy();
    const transport = transportWith({
      ca: [fixture("authority.pem")],
      proxy: { https: proxy.url.replace("http://", "http://user:pass@") },
    });
    expect(await textFrom(transport, `https://tideover.test:${port}/`)).toBe("tunnelled");
    expect(proxy.seen).toEqual([`CONNECT tideover.test:${port} Basic ${btoa("user:pass")}`]);
  });

  test("http is forwarded, NO_PROXY and loopback are not", async () => {
    const server = await startRawServer((socket) => socket.write(wholeResponse("direct")));
    closers.push(() => server.close());
    const proxy = await startProxy();
    const transport = transportWith({
      proxy: { http: proxy.url, noProxy: "internal.test" },
      lookup: resolvesTo("127.0.0.1"),
    });
    expect(await textFrom(transport, `http://outside.test:${server.port}/a?b=c`)).toBe("by the proxy");
    expect(proxy.seen).toEqual([`GET http://outside.test:${server.port}/a?b=c`]);
    expect(await textFrom(transport, `http://internal.test:${server.port}/`)).toBe("direct");
    expect(await textFrom(transport, `http://127.0.0.1:${server.port}/`)).toBe("direct");
    expect(proxy.seen).toHaveLength(1);
  });

  test("a proxy that refuses the tunnel", async () => {
    const proxy = createProxyServer();
    proxy.on("connect", (_request, client) => client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const port = await listening(proxy);
    const transport = transportWith({ proxy: { https: `http://127.0.0.1:${port}` } });
    expect(await transport.send(get("https://tideover.test/"), never)).toMatchObject({
      kind: "fault",
      reason: "proxy-failure",
    });
  });

  test("a proxy that does not answer: an abort drops the connection to it", async () => {
    const proxy = await startProxy(false);
    const open = new Set<unknown>();
    proxy.proxy.on("connection", (socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
    });
    const transport = transportWith({ proxy: { https: proxy.url } });
    const abort = new AbortController();
    const sent = transport.send(get("https://tideover.test/"), abort.signal);
    await until(() => proxy.seen.length === 1);
    const deadline = failure("deadline", "deadline", "Time is up.");
    abort.abort(deadline);
    expect(await sent).toBe(deadline);
    expect(await until(() => open.size === 0)).toBeLessThan(100);
  });

  test("a proxy that is no URL is refused without showing its password", () => {
    const create = () => createNodeTransport({ proxy: { https: "ftp://user:secret@proxy" } });
    expect(create).toThrow("HTTPS_PROXY");
    expect(create).not.toThrow("secret");
  });

  test("settings from the environment; lower case wins, host:port is enough", async () => {
    expect(proxyFromEnvironment({ HTTPS_PROXY: "a", https_proxy: "b", NO_PROXY: "c" })).toEqual({
      https: "b",
      http: undefined,
      noProxy: "c",
    });
    const proxy = await startProxy();
    const transport = transportWith({ proxy: proxyFromEnvironment({ HTTP_PROXY: proxy.url.replace("http://", "") }) });
    expect(await textFrom(transport, "http://outside.test/")).toBe("by the proxy");
  });
});
