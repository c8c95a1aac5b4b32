import { z } from "zod";
import { parseShow } from "../engine/formats/systemd-show.ts";
import { renderUnit, UNIT_TYPES, unitProblems } from "../engine/formats/unit-file.ts";
import type { ExecAnswer, Plan, Stat, TemplateFile, Value } from "../engine/module/index.ts";
import {
  change,
  defineModule,
  maybeSecret,
  presence,
  read,
  refuse,
  Secret,
  templateFile,
  write,
} from "../engine/module/index.ts";

const FOLDER = "/etc/systemd/system";
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const option = z.union([scalar.transform((value) => [value]), z.array(scalar)], {
  error: "expected a value, or a list where the option stands several times",
});

const params = z
  .strictObject({
    name: z
      .string()
      .max(250)
      .regex(/^(?=.{1,255}$)[A-Za-z0-9:_.\\-]+@?[A-Za-z0-9:_.\\-]*\.[a-z]+$/, {
        error: "expected the whole name of a unit, such as backup.service, backup.timer or syncthing@.service",
      })
      .refine((name) => UNIT_TYPES.includes(typeOf(name)), {
        error: `a unit's name ends in one of ${UNIT_TYPES.map((type) => `.${type}`).join(" ")}`,
      })
      .describe("The unit with its suffix; `NAME@.service` is a template for instances."),
    drop_in: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+$/, { error: "expected the name of a file, such as limits" })
      .transform((name) => (name.endsWith(".conf") ? name : `${name}.conf`))
      .optional()
      .describe(
        "Not the unit itself, but this file beside it (`NAME.d/DROP_IN.conf`), which adds to it or overrides it.",
      ),
    sections: z
      .record(z.string(), z.record(z.string(), option), {
        error: "expected sections with options: { Service: { ExecStart: … } }",
      })
      .optional()
      .describe(
        "The file as a map: sections, options, values. A list writes the option several times; an empty text takes back what was said before.",
      ),
    content: maybeSecret().optional().describe("The file as text."),
    template: templateFile().optional().describe("A template of the site, rendered to the file."),
    state: presence.describe("`absent` removes the file; stop and disable the unit first, with `service`."),
    mode: z
      .enum(["0644", "0600", "0640"], { error: 'expected "0644", or "0600" and "0640" for a file with secrets' })
      .default("0644")
      .describe('Permissions, `"0600"` for a file with secrets in it.'),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { name, state, drop_in } = given;
    const ways = (["sections", "content", "template"] as const).filter((way) => given[way] !== undefined);
    if (state === "present" && ways.length === 0)
      context.addIssue({ code: "custom", message: "say what the file holds: sections, content or template" });
    if (ways[1] !== undefined) wrong(ways[1], `${ways.join(" and ")} both say what the file holds: give one`);
    if (state === "absent" && ways[0] !== undefined) wrong(ways[0], `state: absent takes no ${ways[0]}`);
    if (state === "absent" || ways.length !== 1 || typeof name !== "string") return;
    const text = contentOf(given);
    if (text === null) return;
    if (text.includes("\0")) wrong(ways[0] ?? "content", "a text cannot hold a NUL character");
    if (
      given.sections !== undefined &&
      Object.values(given.sections).some((options) =>
        Object.values(options)
          .flat()
          .some((value) => /[\n\r]/.test(value)),
      )
    ) {
      wrong("sections", "a value is one line: a list writes the option several times");
    }
    for (const problem of unitProblems(text, typeOf(name), drop_in !== undefined)) wrong(ways[0] ?? "content", problem);
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly file: string | null;
  readonly stat: Stat | null;
  readonly systemd: Stat | null;
  readonly show?: ExecAnswer | undefined;
}

export const systemdUnit = defineModule({
  name: "systemd_unit",
  summary: "Keep a unit of systemd, or a drop-in beside one, and let systemd read it.",
  description: `Writes the file and has systemd read it (\`daemon-reload\`), also where somebody else has changed the file since
systemd read it. What systemd would pass over silently, a misspelt section or an option without one, is an error before anything is
sent. Starting and enabling is the work of \`service\`; a unit that runs goes on with its old settings until it is restarted.`,
  params,
  probes: (given: Params) => ({
    file: read.text(pathOf(given)),
    stat: read.stat(pathOf(given)),
    systemd: read.stat("/run/systemd/system"),
    // A template is no unit that could be asked about.
    show: given.name.includes("@.")
      ? undefined
      : read.exec(["systemctl", "show", "--no-pager", "--property", "LoadState,NeedDaemonReload", "--", given.name], {
          looksAt: ["/etc/systemd", "/run/systemd", "/usr/lib/systemd", "/lib/systemd"],
        }),
  }),
  plan: (given, seen) => planOf(given, seen),
  result: (given, { file }) => ({ path: pathOf(given), exists: file !== null }),
  examples: [
    `systemd_unit:
  name: lab-example.service
  sections:
    Unit: { Description: An example }
    Service: { Type: oneshot, ExecStart: /bin/true }`,
    `systemd_unit:
  name: lab-example.timer
  content: |
    [Unit]
    Description=Every night

    [Timer]
    OnCalendar=daily
    Persistent=true

    [Install]
    WantedBy=timers.target`,
    `systemd_unit:
  name: cron.service
  drop_in: lab
  sections:
    Service: { Nice: 10 }`,
    "systemd_unit: { name: lab-example.service, state: absent }",
  ],
});

function planOf(given: Params, seen: Seen): Plan {
  const path = pathOf(given);
  const wanted = given.state === "absent" ? null : contentOf(given);
  const secret = given.content instanceof Secret || given.template?.content instanceof Secret;
  if (seen.stat?.type === "symlink") {
    const masked = seen.stat.target === "/dev/null";
    return refuse(
      masked ? `${given.name} is masked (${path} is a link to /dev/null)` : `${path} is a link to ${seen.stat.target}`,
      masked ? "unmask it first, with the module service" : "remove it first, with the module file",
    );
  }
  const unit = parseShow(seen.show?.stdout ?? "");
  const load = unit.get("LoadState");
  const same = seen.file === wanted;
  if (same && wanted !== null && given.drop_in === undefined && (load === "bad-setting" || load === "error")) {
    return refuse(
      `systemd cannot read ${path} (${load})`,
      `\`systemd-analyze verify ${given.name}\` says what is wrong with it`,
    );
  }
  // Without systemd (in a container of another kind, in a chroot) there is only the file.
  const running = seen.systemd !== null && (seen.show === undefined || seen.show.code === 0);
  const outdated = running && unit.get("NeedDaemonReload") === "yes";
  const mode = seen.stat === null ? null : seen.stat.mode;
  const show = (text: string | null): Value => (secret && text !== null ? new Secret(text) : text);
  const modes = given.state === "present" ? [{ mode }, { mode: given.mode }] : [{}, {}];
  const units =
    running && (outdated || same)
      ? [{ systemd: outdated ? "has not read the file" : "has read it" }, { systemd: "has read it" }]
      : [{}, {}];
  return change(
    { content: show(seen.file), ...modes[0], ...units[0] },
    { content: show(wanted), ...modes[1], ...units[1] },
    [
      wanted !== null &&
        given.drop_in !== undefined &&
        seen.stat === null &&
        write.mkdir(`${FOLDER}/${given.name}.d`, { parents: true }),
      wanted === null
        ? seen.file !== null && write.remove(path)
        : same
          ? mode !== given.mode && write.attributes(path, { mode: given.mode })
          : write.text(path, secret ? new Secret(wanted) : wanted, { mode: given.mode }),
      running && (!same || outdated) && write.exec(["systemctl", "daemon-reload"], { touches: ["/run/systemd"] }),
    ],
  );
}

function contentOf({
  sections,
  content,
  template,
}: {
  sections?: Params["sections"];
  content?: Params["content"];
  template?: TemplateFile | undefined;
}): string | null {
  if (sections !== undefined) return renderUnit(sections);
  const given = content ?? template?.content;
  if (given === undefined) return null;
  const text = given instanceof Secret ? given.reveal() : given;
  return text.endsWith("\n") ? text : `${text}\n`;
}
function pathOf({ name, drop_in }: Pick<Params, "name" | "drop_in">): string {
  return drop_in === undefined ? `${FOLDER}/${name}` : `${FOLDER}/${name}.d/${drop_in}`;
}
function typeOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
