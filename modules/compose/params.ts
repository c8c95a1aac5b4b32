import { z } from "zod";
import {
  absolutePath,
  fileMode,
  localFile,
  localTree,
  maybeSecret,
  ownerName,
  Secret,
  seconds,
  templateFile,
} from "../../engine/module/index.ts";
import { definitionValue } from "./definition.ts";

/** A path in the project's folder. */
const innerPath = (path: string): string | null => {
  if (path === "" || path.startsWith("/") || path.endsWith("/")) return "expected a path in the project's folder";
  if (path.includes("\0")) return "a path cannot hold a NUL character";
  if (path.split("/").some((part) => part === "" || part === "." || part === ".."))
    return "a path must not hold `.`, `..` or an empty part: say where it leads";
  return null;
};
const inner = z.string().superRefine((path, context) => {
  const trouble = innerPath(path);
  if (trouble !== null) context.addIssue({ code: "custom", message: trouble });
});
const name = (what: string) =>
  z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, { error: `expected the name of a ${what}` });

const files = z
  .record(
    z.string(),
    z
      .strictObject({
        content: maybeSecret().optional().describe("The text itself."),
        template: templateFile().optional().describe("A template of the site."),
        src: localFile().optional().describe("A file of the site."),
        mode: fileMode
          .optional()
          .describe('Permissions. Unsaid: `"0600"` for what holds a secret, else `"0644"` when it is made.'),
        owner: ownerName.optional().describe("Owner. Unsaid: left as it is."),
        group: ownerName.optional().describe("Group. Unsaid: left as it is."),
      })
      .superRefine(({ content, template, src, mode }, context) => {
        const given = [content, template, src].filter((each) => each !== undefined).length;
        if (given !== 1) {
          context.addIssue({
            code: "custom",
            message: "say what the file shall hold: one of content, template and src",
          });
        }
        const hidden = content instanceof Secret || template?.content instanceof Secret;
        if (hidden && mode !== undefined && /[4-7]$/.test(mode)) {
          context.addIssue({
            code: "custom",
            path: ["mode"],
            message: `a file that holds a secret cannot be read by all (${mode}): "0600", "0640" with a group`,
          });
        }
      }),
  )
  .superRefine((all, context) => {
    for (const path of Object.keys(all)) {
      const trouble = innerPath(path);
      if (trouble !== null) context.addIssue({ code: "custom", path: [path], message: trouble });
    }
  });

const env = z
  .record(
    z.string(),
    z.union([maybeSecret(), z.number().transform(String), z.boolean().transform(String)], {
      error: "expected a text, a number or a boolean",
    }),
  )
  .superRefine((all, context) => {
    for (const [variable, value] of Object.entries(all)) {
      const text = value instanceof Secret ? value.reveal() : value;
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
        context.addIssue({ code: "custom", path: [variable], message: `"${variable}" is not the name of a variable` });
      else if (/^(HOME|PATH|PWD|USER|DOCKER_.*|COMPOSE_.*)$/.test(variable))
        context.addIssue({
          code: "custom",
          path: [variable],
          message: `${variable} means something to Docker itself: take another name`,
        });
      if (text.includes("\0"))
        context.addIssue({ code: "custom", path: [variable], message: "a variable cannot hold a NUL character" });
    }
  });

/** Each parameter by itself; what they are together is judged in `judge.ts`. */
export const params = z.strictObject({
  project: z
    .string()
    .max(255)
    .regex(/^[a-z0-9][a-z0-9_-]*$/, {
      error: "expected the name of a project: lower-case letters, digits, dashes and underscores",
    })
    .describe("Name of the project. Its containers, networks and volumes are known by it."),
  dir: absolutePath
    .refine((path) => path !== "/", { error: "a project needs a folder of its own" })
    .optional()
    .describe("Folder of the project on the host; relative paths in the files begin there. Made if it is missing."),
  definition: definitionValue
    .optional()
    .describe("The compose file as a map. Written to `compose.yaml`; give one of `definition`, `template` and `src`."),
  template: templateFile().optional().describe("A template of the site that becomes `compose.yaml`."),
  src: localTree()
    .optional()
    .describe(
      "A folder of the site: a compose file and what belongs to it. Its files are written into `dir`; what else is there stays.",
    ),
  compose_files: z
    .array(inner)
    .min(1)
    .optional()
    .describe(
      "Compose files of `src`, in the order in which they are merged. Unsaid: `compose.yaml` (or `docker-compose.yml` and the like) and its `override` file.",
    ),
  files: files
    .default({})
    .describe(
      "More files in the project's folder, by their path there: each has `content`, `template` or `src`, and may have `mode`, `owner` and `group`.",
    ),
  env: env
    .optional()
    .describe(
      "Variables for `${NAME}` in the compose files, written to `.env` (0600). Without it a `.env` that is there counts, too.",
    ),
  env_files: z
    .array(z.string().min(1))
    .default([])
    .describe("Further files of such variables on the host, absolute or in the project's folder."),
  state: z
    .enum(["present", "stopped", "restarted", "absent"], {
      error: "expected present, stopped, restarted or absent",
    })
    .default("present")
    .describe(
      "`present`: as defined, and running. `stopped`: what is there is stopped. `restarted`: present, and restarted each time (for handlers). `absent`: containers and networks are removed, files and volumes stay.",
    ),
  volumes: z
    .enum(["keep", "remove"], { error: "expected keep or remove" })
    .default("keep")
    .describe("With `state: absent`: `remove` deletes the project's volumes, and what is in them."),
  services: z
    .array(name("service"))
    .min(1)
    .optional()
    .describe("Only these services, and those that they need; others are left as they are."),
  profiles: z.array(name("profile")).default([]).describe("Profiles whose services belong to it, too."),
  pull: z
    .enum(["missing", "always", "never"], { error: "expected missing, always or never" })
    .default("missing")
    .describe(
      "`missing`: images that the host lacks are pulled. `always`: the registry is asked whether it has another one of that name. `never`: what is missing is an error.",
    ),
  remove_orphans: z
    .boolean()
    .default(false)
    .describe("Remove containers of the project whose service is no longer in the files. Else a warning names them."),
  wait: z.boolean().default(true).describe("Wait until all services run, and those with a health check are healthy."),
  wait_timeout: seconds("a time limit", 86_400, 1)
    .default(120)
    .describe("How long each step that has to be waited for may take: seconds, or a text such as `5m`."),
  volatile: z
    .array(inner)
    .default([])
    .describe(
      "Mounted files that the services write themselves, by their path in the project's folder: a change of theirs is none.",
    ),
  allow_latest: z.boolean().default(false).describe("Accept images that are not pinned by a tag or digest."),
  allow_secret_environment: z
    .boolean()
    .default(false)
    .describe("Accept secrets in the environment of a service, where `docker inspect` shows them."),
});

export type Params = z.output<typeof params>;
