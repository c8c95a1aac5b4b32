import { z } from "zod";
import {
  contentFileParams,
  contentFilePlan,
  contentFileProbes,
  contentFileProbesAfter,
  contentFileResult,
  defineModule,
  templateFile,
} from "../engine/module/index.ts";

export const template = defineModule({
  name: "template",
  summary: "Render a template of the site into a file on the host.",
  description: `The template sees the variables of its task. What comes of one that reads a secret is secret as a whole: its diff says only
that it changed. The file is replaced atomically, and only if its content differs.`,
  params: z.strictObject({
    ...contentFileParams,
    src: templateFile().describe("A template of the site (in the role's `templates/`, or beside the playbook)."),
  }),
  probes: contentFileProbes,
  probesAfter: (params, { old }) => contentFileProbesAfter(params, params.src.content, { old }),
  plan: (params, observed) => contentFilePlan(params, params.src.content, observed),
  result: contentFileResult,
  examples: [
    `template:
  src: motd.hbs
  dest: /etc/motd
  mode: "0644"`,
    `template:
  src: example.conf.hbs
  dest: /etc/lab/rendered.conf
  parents: true
  mode: "0640"
  validate: [test, -s, "{}"]`,
  ],
});
