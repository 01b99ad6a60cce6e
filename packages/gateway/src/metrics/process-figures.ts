import type { ProcessFigure } from "./prometheus.ts";

/**
 * What the process itself uses, by the names that Prometheus' client libraries agree on.
 * @param startedAt when the gateway started, in ms since the Unix epoch
 */
export function processFigures(startedAt: number): readonly ProcessFigure[] {
  const memory = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, value: number): ProcessFigure => ({ name, help, type: "gauge", value });
  return [
    {
      name: "process_cpu_seconds_total",
      help: "Processor time that this process has used, in seconds.",
      type: "counter",
      value: (user + system) / 1e6,
    },
    gauge("process_start_time_seconds", "When the gateway started, in seconds since the Unix epoch.", startedAt / 1e3),
    gauge("process_resident_memory_bytes", "Memory that this process has in RAM.", memory.rss),
    gauge("nodejs_heap_size_used_bytes", "Heap that holds something.", memory.heapUsed),
    gauge("nodejs_external_memory_bytes", "Memory of buffers and of native parts.", memory.external),
    gauge("nodejs_active_resources", "Sockets, timers and the like that are open.", activeResources()),
  ];
}

function activeResources(): number {
  return process.getActiveResourcesInfo().length;
}
