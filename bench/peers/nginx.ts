import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's package puts it, which is not on every user's path. */
const USUAL_PLACE = "/usr/sbin/nginx";

/**
 * nginx as the native proxy: one process, keep-alive on both sides, nothing logged, buffered or limited.
 * @throws Error when it is not installed.
 */
export function nginxCommand({
  port,
  upstreamPort,
  folder,
}: {
  readonly port: number;
  readonly upstreamPort: number;
  readonly folder: string;
}) {
  const program = existsSync(USUAL_PLACE) ? USUAL_PLACE : "nginx";
  if (spawnSync(program, ["-v"]).status !== 0) {
    throw new Error("nginx is not installed; on Debian: apt-get install -y nginx-light");
  }
  const config = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `  ${kind}_temp_path ${join(folder, kind)};`,
  );
  writeFileSync(
    config,
    `daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${join(folder, "nginx.pid")};
error_log ${join(folder, "error.log")} warn;
events { worker_connections 16384; }
http {
  access_log off;
${temporary.join("\n")}
  keepalive_requests 1000000000;
  upstream mock {
    server 127.0.0.1:${upstreamPort};
    keepalive 4096;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`,
  );
  return { program, args: ["-p", folder, "-c", config, "-e", join(folder, "error.log")] };
}
