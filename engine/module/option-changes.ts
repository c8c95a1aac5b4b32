import type { Value, ValueMap } from "../value/value.ts";

/** An option that a task names, of a section of Proxmox VE's configuration. */
export interface NamedOption {
  /** In the user's words. */
  readonly name: string;
  /** In those of the tool. */
  readonly key: string;
  readonly is: Value;
  readonly wanted: Value;
  /** As the tool takes it. Empty: the option is taken away. */
  readonly word: string;
}

/** What becomes of a section: before and after in the user's words, and the arguments that bring it about. */
export interface OptionChanges {
  readonly before: ValueMap;
  readonly after: ValueMap;
  readonly same: boolean;
  readonly set: readonly string[];
  /** Keys to take away; none of a section that is not there yet. */
  readonly gone: readonly string[];
}

/** `there`: the section exists. */
export function optionChanges(there: boolean, named: readonly NamedOption[]): OptionChanges {
  const other = named.filter(({ is, wanted }) => JSON.stringify(is) !== JSON.stringify(wanted));
  return {
    before: {
      state: there ? "present" : "absent",
      ...Object.fromEntries(named.map(({ name, is }) => [name, there ? is : null])),
    },
    after: { state: "present", ...Object.fromEntries(named.map(({ name, wanted }) => [name, wanted])) },
    same: there && other.length === 0,
    set: other.flatMap(({ key, word }) => (word === "" ? [] : [`--${key}`, word])),
    gone: there ? other.filter(({ word }) => word === "").map(({ key }) => key) : [],
  };
}

/** The arguments of an update: what is set, what is taken away, and the digest of what was read. */
export function updateWords({ set, gone }: Pick<OptionChanges, "set" | "gone">, digest: string): readonly string[] {
  return [...set, ...(gone.length > 0 ? ["--delete", gone.join(",")] : []), "--digest", digest];
}
