import { z } from "zod";
import type { Target } from "../connection/connection.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { parsePveSize } from "../formats/pve-size.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { LabOptions } from "../sim/sandbox/open-lab.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";

type Described = ReturnType<NonNullable<LabOptions["describe"]>>;

const ms = z.int().min(0);
const diskSize = z
  .union([z.string(), z.int()])
  .refine((said) => (parsePveSize(String(said)) ?? 0) > 0, "a size, such as 500G or 4T");
/** `lab_sandbox`: what a host of the embedded lab is made of, beyond a fresh Debian. Absent keys are left to the lab. */
export const sandboxSchema = z.strictObject({
  kind: z
    .enum(["debian", "proxmox"])
    .exactOptional()
    .describe("`proxmox`: a Proxmox VE node, which holds containers and virtual machines. Unsaid: `debian`."),
  users: z.array(z.string()).exactOptional().describe("Login users beside root."),
  mounts: z
    .array(
      z.strictObject({
        source: z.string(),
        target: z.string().startsWith("/"),
        fstype: z.string(),
        options: z.string().default("rw,relatime"),
        uuid: z.string().exactOptional(),
      }),
    )
    .exactOptional()
    .describe("Mounted file systems: `source`, `target`, `fstype`, `options`, `uuid`. Unsaid: a USB disk at /mnt/hdd."),
  disks: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(sd[a-z]{1,2}|vd[a-z]{1,2}|nvme\d+n\d+)$/, "a kernel's name, such as sdb or nvme1n1"),
        size: diskSize,
        serial: z.string().exactOptional(),
        model: z.string().exactOptional(),
        id: z.string().exactOptional(),
        fstype: z.string().exactOptional(),
        bad: z
          .array(
            z.strictObject({ at: diskSize.or(z.literal(0)), size: diskSize, tries: z.int().min(1).exactOptional() }),
          )
          .exactOptional(),
        lost: z.record(z.string().regex(/^[a-z0-9]{1,8}$/), z.int().min(1).max(500)).exactOptional(),
      }),
    )
    .exactOptional()
    .describe(
      "Disks beside that of the system: `name` (sdb), `size` (4T), `serial`, `model`, `id` (its name under /dev/disk/by-id), `fstype` (what is on it; unsaid: it is blank), `bad` (areas that cannot be read: `at`, `size`, and `tries`, after which they can), `lost` (files that can be carved out of it, how many of each extension).",
    ),
  addresses: z.array(z.string()).exactOptional().describe("Addresses with their prefix, such as 192.0.2.10/24."),
  cpus: z.int().min(1).max(1024).exactOptional().describe("Cores. Unsaid: 4."),
  memory_mb: z.int().min(64).exactOptional().describe("Memory in MiB. Unsaid: 8192."),
  packages: z.array(z.string()).exactOptional().describe("Installed packages beside the base system."),
  units: z
    .record(
      z.string(),
      z.strictObject({
        activating_ms: ms.exactOptional(),
        fails_first: z.int().min(0).exactOptional(),
        dies_after_ms: ms.exactOptional(),
      }),
    )
    .exactOptional()
    .describe("How units behave: `activating_ms`, `fails_first` (so many first starts), `dies_after_ms`."),
  images: z
    .record(
      z.string(),
      z.strictObject({
        missing: z.boolean().exactOptional(),
        revision: z.string().exactOptional(),
        exit_code: z.int().min(0).max(255).exactOptional(),
        exits_after_ms: ms.exactOptional(),
        logs: z.array(z.string()).exactOptional(),
        health: z.enum(["healthy", "unhealthy"]).exactOptional(),
        healthy_after_ms: ms.exactOptional(),
        healthcheck: z.boolean().exactOptional(),
        system: z.enum(["none", "busybox", "alpine", "debian"]).exactOptional(),
      }),
    )
    .exactOptional()
    .describe(
      "How images of a registry behave, by name and tag; any that is not described is there and runs. `missing` (the registry has it not), `revision` (another text: another image behind the tag), `exit_code`, `exits_after_ms`, `logs` (lines that it prints), `health` (`healthy`, `unhealthy`), `healthy_after_ms`, `healthcheck` (true: it comes with one), `system` (what is in it: `none`, which has no shell, `busybox`, `alpine`, `debian`).",
    ),
  answers: z
    .array(
      z.strictObject({
        argv: z.array(z.string()).min(1),
        code: z.int().min(0).max(255).exactOptional(),
        stdout: z.string().exactOptional(),
        stderr: z.string().exactOptional(),
      }),
    )
    .exactOptional()
    .describe(
      "Answers to commands that the lab does not imitate: `argv` (`*` is any word, a last `**` any further words), `code`, `stdout`, `stderr`.",
    ),
});

/**
 * The variable `lab_sandbox` of every host, read and checked before anything runs. It is evaluated outside of plays, so
 * it sees the inventory's variables and those of `-e` alone.
 */
export function describeSandbox(
  inventory: Inventory,
  extraVars: VarsLayer,
): { describe(target: Target): Described; readonly diagnostics: readonly Diagnostic[] } {
  const described = new Map<string, Described>();
  const diagnostics: Diagnostic[] = [];
  for (const { name, layers } of inventory.hosts.values()) {
    const scope = createScope([...layers, extraVars], new Map([["inventory_hostname", name]]));
    const place = scope.whereIs("lab_sandbox")?.place;
    if (place === undefined) continue;
    try {
      const parsed = sandboxSchema.safeParse(scope.get("lab_sandbox"));
      if (parsed.success) described.set(name, toDescription(parsed.data));
      for (const { path, message } of parsed.error?.issues ?? []) {
        const where = ["lab_sandbox", ...path].join(".");
        diagnostics.push({
          code: "wrong-sandbox",
          message: `\`${where}\`: ${message}`,
          place,
          hint: "docs/sandbox.md lists what it takes",
        });
      }
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      diagnostics.push({ ...error.diagnostic });
    }
  }
  return { describe: (target) => described.get(target.name), diagnostics };
}

function bytesOf(size: string | number): number {
  return parsePveSize(String(size)) ?? 0;
}

function toDescription({
  memory_mb,
  units,
  disks,
  images,
  ...same
}: z.output<typeof sandboxSchema>): NonNullable<Described> {
  const behaviour = Object.entries(units ?? {}).map(([name, { activating_ms, fails_first, dies_after_ms }]) => [
    name,
    {
      ...(activating_ms !== undefined && { activatingMs: activating_ms }),
      ...(fails_first !== undefined && { failsFirst: fails_first }),
      ...(dies_after_ms !== undefined && { diesAfterMs: dies_after_ms }),
    },
  ]);
  return {
    ...same,
    ...(disks !== undefined && {
      disks: disks.map(({ size, bad, ...disk }) => ({
        ...disk,
        bytes: bytesOf(size),
        ...(bad && {
          bad: bad.map(({ at, size: length, ...area }) => ({ ...area, at: bytesOf(at), bytes: bytesOf(length) })),
        }),
      })),
    }),
    ...(memory_mb !== undefined && { memoryMb: memory_mb }),
    ...(images !== undefined && {
      images: Object.fromEntries(Object.entries(images).map(([name, said]) => [name, describedImage(said)])),
    }),
    ...(units !== undefined && { units: Object.fromEntries(behaviour) }),
  };
}

type SaidImage = NonNullable<z.output<typeof sandboxSchema>["images"]>[string];

function describedImage({ exit_code, exits_after_ms, healthy_after_ms, healthcheck, health, ...same }: SaidImage) {
  const checked = healthcheck ?? (health !== undefined || healthy_after_ms !== undefined);
  return {
    ...same,
    ...(exit_code !== undefined && { exitCode: exit_code }),
    ...(exits_after_ms !== undefined && { exitsAfterMs: exits_after_ms }),
    ...(health !== undefined && { health }),
    ...(healthy_after_ms !== undefined && { healthyAfterMs: healthy_after_ms }),
    // What has a health has a check of it.
    ...(checked && {
      healthcheck: { test: ["CMD", "healthcheck"], intervalMs: 1000, timeoutMs: 1000, startPeriodMs: 0, retries: 2 },
    }),
  };
}
