import { z } from "zod";
import type { Place } from "../errors/diagnostic.ts";
import type { StreamedContent } from "../ops/ir.ts";
import type { ValueSource } from "../value/expression.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";

/**
 * Parameter kinds beyond zod's. Those in the registry are bound by the engine: a name of a file of the site becomes the
 * file, an expression becomes its value. The module sees the result only.
 */
export type ParamKind =
  | "localFile"
  | "localTree"
  | "templateFile"
  | "localDest"
  | "varsFile"
  | "varsTree"
  | "condition"
  | "expression"
  | "contributed"
  | "secret";
export const paramKinds = z.registry<{
  readonly kind: ParamKind;
  readonly atCreate?: boolean;
  /** Of `contributed`: to what. */
  readonly to?: string;
}>();
/** Parameters that matter only when the thing is made. */
export const atCreateOnly = z.registry<{ readonly atCreate: true }>();

/** A file of the site. `text` is there when it is UTF-8 and not over 1 MiB. */
export interface LocalFile {
  readonly kind: "local-file";
  /** As written in the playbook. */
  readonly name: string;
  readonly content: StreamedContent;
  readonly text?: string;
}
/** A folder of the site; paths relative to it, in order of code units. */
export interface LocalTree {
  readonly kind: "local-tree";
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly file: LocalFile; readonly mode: string }[];
  readonly folders: readonly string[];
}
/** A template of the site, rendered with the variables of the task. Secret as a whole if it read a secret. */
export interface TemplateFile {
  readonly kind: "template-file";
  readonly name: string;
  readonly content: string | Secret;
}
/** Where something goes on the controller: below the playbook's folder, or wherever an absolute path says. */
export interface LocalDest {
  readonly kind: "local-dest";
  /** As written in the playbook. */
  readonly name: string;
  readonly path: string;
  /** The host whose task it is: what is brought from several hosts has to lie apart. */
  readonly host: string;
}
/** A file of the site with variables. Their templates are rendered where they are read. */
export interface VarsFile {
  readonly kind: "vars-file";
  readonly name: string;
  readonly variables: readonly LoadedVariable[];
}
/** All such files of a folder, in the order of their paths. */
export interface VarsTree {
  readonly kind: "vars-tree";
  readonly name: string;
  readonly files: readonly VarsFile[];
}
export interface LoadedVariable {
  readonly name: string;
  readonly source: ValueSource;
  readonly place: Place;
}
/** A condition and what it came to. */
export interface Condition {
  readonly kind: "condition";
  readonly source: string;
  readonly holds: boolean;
}
/** An expression and its value. */
export interface ExpressionValue {
  readonly kind: "expression";
  readonly source: string;
  readonly value: Value;
}
/** What tasks of the run before this one have contributed to something (`ControllerOutcome.contribute`). */
export interface Contributed {
  readonly kind: "contributed";
  /** Equal ones once, in the order of the tasks, then of the hosts. */
  readonly values: readonly Contribution[];
  /** Why there may be more than that; null: this is all. */
  readonly missing: string | null;
}
export interface Contribution {
  readonly value: Value;
  /** The host whose task it was, the first of them. */
  readonly host: string;
  /** Where the task stands: `roles/nas/tasks/main.yml:12`. */
  readonly place: string;
}

function bound<T extends { readonly kind: string }>(kind: T["kind"], param: ParamKind, wanted: string): z.ZodType<T> {
  const schema = z.custom<T>(
    (value) => typeof value === "object" && value !== null && "kind" in value && value.kind === kind,
    { error: `expected ${wanted}` },
  );
  paramKinds.add(schema, { kind: param });
  return schema;
}

/** The name of a file in the role's `files/` or beside the playbook. */
export const localFile = (): z.ZodType<LocalFile> => bound("local-file", "localFile", "the name of a file of the site");
/** The name of a folder in the role's `files/` or beside the playbook. */
export const localTree = (): z.ZodType<LocalTree> =>
  bound("local-tree", "localTree", "the name of a folder of the site");
/** The name of a template in the role's `templates/` or beside the playbook. */
export const templateFile = (): z.ZodType<TemplateFile> =>
  bound("template-file", "templateFile", "the name of a template of the site");
/** A path on the controller that is written to. */
export const localDest = (): z.ZodType<LocalDest> =>
  bound("local-dest", "localDest", "a path on this machine, beside the playbook");
/** The name of a file of variables in the role's `vars/` or beside the playbook. */
export const varsFile = (): z.ZodType<VarsFile> => bound("vars-file", "varsFile", "the name of a file with variables");
/** The name of a folder of such files. */
export const varsTree = (): z.ZodType<VarsTree> =>
  bound("vars-tree", "varsTree", "the name of a folder of files with variables");
/** A CEL expression that is true or false. */
export const condition = (): z.ZodType<Condition> => bound("condition", "condition", "a condition");
/** A CEL expression of any type. */
export const expression = (): z.ZodType<ExpressionValue> => bound("expression", "expression", "an expression");

/** All that was contributed to `to` so far. In a playbook it is left out or true; false: nothing of it is wanted. */
export const contributed = (to: string) => {
  const schema = bound<Contributed>("contributed", "contributed", "true or false");
  paramKinds.add(schema, { kind: "contributed", to });
  return schema.default(noContributions);
};
export const noContributions: Contributed = { kind: "contributed", values: [], missing: null };

/** A text that is always treated as a secret, whether it was marked as one or not. */
export const secret = (): z.ZodType<Secret> => {
  const schema = z
    .union([z.string(), z.instanceof(Secret)])
    .transform((value) => (value instanceof Secret ? value : new Secret(value)));
  paramKinds.add(schema, { kind: "secret" });
  return schema as unknown as z.ZodType<Secret>;
};

/** A text that may be a secret. Parameters of any other kind refuse one. */
export const maybeSecret = () => z.union([z.string(), z.instanceof(Secret)], { error: "expected a text" });

/** One thing or a list of them; always a list afterwards. What is wrong with one of them is told in the words of its schema, which a union would hide. */
export const oneOrMore = <S extends z.ZodType>(item: S, what: string) =>
  z
    .union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))], {
      error: `expected ${what}, or a list`,
    })
    .transform((given, context): readonly z.output<S>[] => {
      const items = Array.isArray(given) ? given : [given];
      if (items.length === 0)
        context.addIssue({ code: "custom", message: `an empty list: expected ${what}, or several` });
      const parsed = items.map((each) => item.safeParse(each));
      parsed.forEach(({ error }, index) => {
        const path = Array.isArray(given) ? [index] : [];
        for (const issue of error?.issues ?? []) {
          // A schema has words of its own for everything but another type.
          const message = issue.message.startsWith("Invalid input") ? `expected ${what}` : issue.message;
          context.addIssue({ code: "custom", path: [...path, ...issue.path], message });
        }
      });
      return parsed.flatMap(({ data, success }) => (success ? [data] : []));
    });

/** Marks a parameter that matters only when the thing is made. */
export function atCreate<S extends z.ZodType>(schema: S): S {
  atCreateOnly.add(schema, { atCreate: true });
  return schema;
}

/** An absolute path; a trailing slash is dropped. */
export const absolutePath = z
  .string()
  .min(1, { error: "expected an absolute path, got an empty text" })
  .max(4095, { error: "a path has at most 4095 bytes" })
  .refine((path) => path.startsWith("/"), { error: "expected an absolute path (beginning with /)" })
  .refine((path) => !path.includes("\0"), { error: "a path cannot hold a NUL character" })
  .refine((path) => !path.split("/").includes(".."), { error: "a path must not hold `..`: say where it leads" })
  .transform((path) => {
    // `/./usr` and `/usr/.` are /usr: what guards paths by name must see them by their one name.
    return `/${path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/")}`;
  });

/** An octal file mode in quotes: `"0644"`. */
export const fileMode = z
  .union([z.string(), z.number()], { error: 'expected an octal mode in quotes, such as "0644"' })
  .refine((mode) => typeof mode === "string", {
    error: 'a mode is written in quotes, "0644": without them YAML 1.2 reads a decimal number',
  })
  .refine((mode) => typeof mode !== "string" || /^[0-7]{3,4}$/.test(mode), {
    error: 'expected an octal mode such as "0644" or "2770"',
  })
  .transform((mode) => String(mode).padStart(4, "0"));

/** A user or group: a name, or a number. */
export const ownerName = z
  .union([z.string(), z.int().min(0).max(4294967294)], { error: "expected a user or group name, or its number" })
  .transform(String)
  .refine((name) => /^([a-z_][a-z0-9_.-]*\$?|\d{1,10})$/i.test(name) && name.length <= 256, {
    error: "expected a user or group name, or its number",
  });

/** Environment variables: a map of names to texts or integers. */
export const environment = z
  .record(
    z.string(),
    z
      .union([z.string(), z.int()], { error: "expected a text or an integer" })
      .transform(String)
      .refine((value) => !value.includes("\0"), { error: "a variable cannot hold a NUL character" }),
  )
  // Not as a schema of the keys: zod hides what that says behind "Invalid key in record".
  .superRefine((variables, context) => {
    for (const name of Object.keys(variables)) {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
      context.addIssue({ code: "custom", path: [name], message: `"${name}" is not the name of a variable` });
    }
  });

/** `state` of what is there or not. `.describe()` says what *absent* takes away, and what stays. */
export const presence = z.enum(["present", "absent"], { error: "expected present or absent" }).default("present");
