import { z } from "zod";
import type { LocalFile, Secret } from "../engine/module/index.ts";
import {
  contentFileParams,
  contentFilePlan,
  contentFileProbes,
  contentFileProbesAfter,
  contentFileResult,
  defineModule,
  localFile,
  maybeSecret,
} from "../engine/module/index.ts";

export const copy = defineModule({
  name: "copy",
  summary: "Put a file of the site, or a given text, on the host.",
  description: `The file is replaced as a whole and atomically, and only if its content differs. A symlink at \`dest\` is followed.
With \`validate\` the new file takes the old one's place only if the command accepts it.`,
  params: z
    .strictObject({
      ...contentFileParams,
      src: localFile().optional().describe("A file of the site (in the role's `files/`, or beside the playbook)."),
      content: maybeSecret()
        .optional()
        .describe("The text itself, as it is: end it with a newline where the reader wants one."),
    })
    .superRefine(({ src, content }, context) => {
      if (src === undefined && content === undefined) {
        context.addIssue({
          code: "custom",
          message: "say what the file shall hold: src (a file of the site) or content",
        });
      }
      if (src !== undefined && content !== undefined) {
        context.addIssue({
          code: "custom",
          path: ["content"],
          message: "src and content contradict each other: give one",
        });
      }
    }),
  probes: contentFileProbes,
  probesAfter: (params, { old }) => contentFileProbesAfter(params, wanted(params), { old }),
  plan: (params, observed) => contentFilePlan(params, wanted(params), observed),
  result: contentFileResult,
  examples: [
    `copy:
  dest: /etc/motd
  content: |
    This host is looked after by lab.
  mode: "0644"`,
    `copy:
  dest: /etc/lab/example.conf
  content: "answer = 42\\n"
  owner: root
  group: root
  mode: "0600"
  parents: true
  validate: [test, -s, "{}"]`,
  ],
});

function wanted(params: { readonly src?: LocalFile | undefined; readonly content?: string | Secret | undefined }) {
  // The schema holds exactly one of the two.
  return params.src ?? params.content ?? "";
}
