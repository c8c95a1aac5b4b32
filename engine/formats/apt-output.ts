import { matchesVersion } from "./apt-version.ts";

/** The format that `dpkg-query -W -f` is asked for: one package a line, fields apart by tabs. */
export const DPKG_FORMAT =
  "${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Want}\\t${db:Status-Status}\\t${Provides}\\n";

export interface DpkgEntry {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly want: string;
  /** `installed`, `config-files` (removed, its settings are left), `not-installed`, or a state in between. */
  readonly status: string;
  /** Names of virtual packages that it stands for. */
  readonly provides: readonly string[];
}

export function parseDpkg(text: string): readonly DpkgEntry[] {
  return text.split("\n").flatMap((line) => {
    const [name, arch = "", version = "", want = "", status = "", provides = ""] = line.split("\t");
    if (name === undefined || name === "") return [];
    const virtual = provides.split(",").map((each) => each.trim().replace(/[ :(].*$/, ""));
    return [{ name, arch, version, want, status, provides: virtual.filter((each) => each !== "") }];
  });
}

export interface AptPolicy {
  readonly installed: string | null;
  /** What `apt-get install` would take; null for a virtual package, or one that is pinned away. */
  readonly candidate: string | null;
  /** All versions to be had, as apt lists them: newest first. */
  readonly versions: readonly string[];
}

/** Reads `apt-cache policy`. A name that apt does not know is not in its answer. */
export function parsePolicy(text: string): ReadonlyMap<string, AptPolicy> {
  const policies = new Map<string, AptPolicy>();
  for (const block of text.split(/^(?=\S)/m)) {
    const name = /^(\S+):\n/.exec(block)?.[1];
    if (name === undefined) continue;
    const value = (field: string) => {
      const found = new RegExp(`^ +${field}: (.+)$`, "m").exec(block)?.[1];
      return found === undefined || found === "(none)" ? null : found;
    };
    // A version stands at an indent of 5, its sources deeper: ` *** 1.2-3 500`, `     1.2-2 500`.
    const versions = [...block.matchAll(/^ (?:\*{3}| {3}) (\S+) -?\d+$/gm)].map((match) => match[1] ?? "");
    policies.set(name, { installed: value("Installed"), candidate: value("Candidate"), versions });
  }
  return policies;
}

/** The version that a pin means: the candidate if it fits, else the newest that does. */
export function pinnedVersion(policy: AptPolicy, pin: string): string | null {
  if (policy.candidate !== null && matchesVersion(pin, policy.candidate)) return policy.candidate;
  return policy.versions.find((version) => matchesVersion(pin, version)) ?? null;
}
