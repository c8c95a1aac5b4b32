import { cpus, loadavg, release, totalmem } from "node:os";

/** What it was measured on: figures of another machine are not comparable. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Processes that wanted a processor, in the mean of the last minute, before anything was measured. */
  readonly load: number;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
}

export function machineLine({ cpu, cores, memoryBytes, kernel, node, load }: Machine): string {
  const memory = `${Math.round(memoryBytes / 1024 ** 3)} GiB`;
  return `${cpu}, ${cores} cores, ${memory}; Linux ${kernel}; Node ${node}; load before it began ${load.toFixed(1)}`;
}
