import { z } from "zod";
import { type Hujson, type HujsonError, isHujsonError, type Json, parseHujson } from "../../engine/formats/hujson.ts";
import { policyProblems } from "../../engine/formats/tailnet-problems.ts";
import { canonicalPolicy, isObject, writtenTwice } from "../../engine/formats/tailnet-sections.ts";
import {
  contributed,
  localFile,
  plainData,
  Secret,
  tailscaleApiParams,
  templateFile,
} from "../../engine/module/index.ts";

const keepPath = z.strictObject({
  src: z
    .string({ error: "expected who must get through: a login, group or tag" })
    .describe("Who must get through: your login, a group, the tag of the machine that runs lab."),
  dst: z
    .union([z.string().transform((one) => [one]), z.array(z.string()).min(1, { error: "say what must be reached" })], {
      error: "expected a destination with ports, such as tag:pve:22,8006, or a list of them",
    })
    .describe("What must be reached, with ports, such as `tag:pve:22,8006`; or a list."),
});

export const params = z
  .strictObject({
    ...tailscaleApiParams,
    policy: z
      .union([z.string(), z.record(z.string(), plainData)], {
        error: "expected a map of sections, or a text in HuJSON",
      })
      .optional()
      .describe("The policy: a map of its sections, or a text in HuJSON, whose comments are kept."),
    src: localFile().optional().describe("A file of the site with the policy in HuJSON."),
    template: templateFile().optional().describe("A template of the site that gives the policy in HuJSON."),
    fragments: contributed("tailnet").describe(
      "Merge what `tailnet_fragment` tasks have contributed so far in this run; false: leave it out.",
    ),
    keep: z
      .union([keepPath.transform((one) => [one]), z.array(keepPath).min(1, { error: "say what must be kept" })], {
        error: "expected src and dst, or a list of such pairs",
      })
      .optional()
      .describe(
        "Your own way in: `src` must reach `dst` by the new policy as well, else it is refused. One pair, or a list.",
      ),
    allow_lockout: z.boolean().default(false).describe("Apply a policy that takes the way in `keep`, or all access."),
    overwrite_external: z
      .boolean()
      .default(false)
      .describe("Overwrite what was edited in the admin console, or a policy that was never applied from here."),
  })
  .superRefine((given, context) => {
    const wrong = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path: [...path], message });
    const sources = (["policy", "src", "template"] as const).filter((name) => given[name] !== undefined);
    const [first = "policy", second] = sources;
    if (second !== undefined) wrong([second], `${first} and ${second} both give the policy: say one of them`);
    const problems = (parsed: Hujson | HujsonError, path: readonly (string | number)[], inPlace: boolean): void => {
      if (isHujsonError(parsed)) {
        wrong(path, `line ${parsed.line}, column ${parsed.column}: ${parsed.error}`);
      } else if (!isObject(parsed.value)) {
        wrong(path, "a policy is a map of sections");
      } else {
        for (const { path: at, message } of writtenTwice(parsed.value))
          wrong(inPlace ? [...path, ...at] : path, message);
        for (const problem of policyProblems(canonicalPolicy(parsed.value))) {
          const at = problem.path.map(String).join(".");
          wrong(inPlace ? [...path, ...problem.path] : path, inPlace ? problem.message : `${at}: ${problem.message}`);
        }
      }
    };
    const { policy, src, template } = given;
    if (typeof policy === "string") problems(parseHujson(policy), ["policy"], false);
    else if (policy !== undefined) problems(parseHujson(JSON.stringify(policy)), ["policy"], true);
    if (src !== undefined) {
      if (src.text === undefined) wrong(["src"], "a policy is a text of at most 1 MiB");
      else problems(parseHujson(src.text), ["src"], false);
    }
    // Before the run nothing of a template is rendered.
    if (template !== undefined && template.content !== "") {
      if (template.content instanceof Secret)
        wrong(["template"], "the template holds a secret: everybody in the tailnet can read a policy");
      else problems(parseHujson(template.content), ["template"], false);
    }
    given.keep?.forEach(({ src: source, dst }, index) => {
      const rule: Json = { action: "accept", src: [source], dst };
      for (const { path, message } of policyProblems({ acls: [rule] })) {
        wrong(["keep", ...(given.keep?.length === 1 ? [] : [index]), ...path.slice(2, 3)], message);
      }
    });
  });
export type Params = z.output<typeof params>;
