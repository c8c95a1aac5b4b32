import type { Ownership, Stat } from "../ops/ir.ts";
import type { Value } from "../value/value.ts";
import { fileMode, ownerName } from "./params.ts";

/** The three parameters of everything that makes files. */
export const ownershipParams = {
  mode: fileMode.optional().describe('Permissions, octal and in quotes: `"0644"`. Unsaid: left as they are.'),
  owner: ownerName.optional().describe("Owner: a user name or number. Unsaid: left as it is."),
  group: ownerName.optional().describe("Group: a name or number. Unsaid: left as it is."),
};

/** What zod makes of the three: a parameter that was not given is undefined. */
export interface WantedOwnership {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

export function givenOwnership({ mode, owner, group }: WantedOwnership): Ownership {
  return {
    ...(mode !== undefined && { mode }),
    ...(owner !== undefined && { owner }),
    ...(group !== undefined && { group }),
  };
}

export interface OwnershipDifference {
  readonly before: Readonly<Record<string, Value>>;
  readonly after: Readonly<Record<string, Value>>;
  /** What must be set; null if all is as wanted. */
  readonly missing: Ownership | null;
}

/** Compares only what was given. A user may be wanted by name or by number, so both are looked at. */
export function compareOwnership(wanted: WantedOwnership, stat: Stat | null): OwnershipDifference {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const missing: { mode?: string; owner?: string; group?: string } = {};
  const compare = (field: "mode" | "owner" | "group", want: string | undefined, is: readonly string[]) => {
    if (want === undefined) return;
    const same = is.includes(want);
    if (!same) missing[field] = want;
    before[field] = same ? want : (is[0] ?? null);
    after[field] = want;
  };
  compare("mode", wanted.mode, stat === null ? [] : [stat.mode]);
  compare("owner", plainNumber(wanted.owner), stat === null ? [] : [stat.owner, String(stat.uid)]);
  compare("group", plainNumber(wanted.group), stat === null ? [] : [stat.group, String(stat.gid)]);
  return { before, after, missing: Object.keys(missing).length > 0 ? missing : null };
}

function plainNumber(name: string | undefined): string | undefined {
  return name !== undefined && /^\d+$/.test(name) ? String(Number(name)) : name;
}
