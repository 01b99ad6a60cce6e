import {
  createGateway,
  createNodeTransport,
  SILENT_LOG,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { postChat } from "./post-chat.ts";
import type { System } from "./run-scenario.ts";
import { startWall } from "./socket-wall.ts";
import { tideoverConfig } from "./tideover-config.ts";

/** Tideover's gateway on real sockets. */
export const socketTideover: System = {
  name: "Tideover",
  async open(scenario) {
    const providers = await startWall(scenario);
    const config = tideoverConfig(scenario, providers.urls);
    const transport = createNodeTransport();
    const parts = { transport, clock: systemClock, random: systemRandom, ids: systemIds, log: SILENT_LOG };
    const gateway = createGateway({ config, ...parts });
    const { limits } = config.server;
    const server = await startServer({
      handler: gateway.handler,
      host: "127.0.0.1",
      port: 0,
      limits,
      log: SILENT_LOG,
    });
    return {
      clock: systemClock,
      wall: providers.wall,
      call: (request) => postChat(server.url, request),
      async [Symbol.asyncDispose]() {
        await server.close(0);
        await transport.close();
        await providers.close();
      },
    };
  },
};
