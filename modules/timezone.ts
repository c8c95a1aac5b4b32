import { z } from "zod";
import { change, defineModule, read, refuse, write } from "../engine/module/index.ts";

const ZONES = "/usr/share/zoneinfo";
const LINK = "/etc/localtime";
const NAME = "/etc/timezone";

export const timezone = defineModule({
  name: "timezone",
  summary: "Set the time zone of a host.",
  description: `Looks after the link /etc/localtime and, where there is one, the file /etc/timezone; it works without systemd.
Services that run go on in the old zone until they are started anew, cron among them.`,
  params: z.strictObject({
    name: z
      .string()
      .max(100)
      .regex(/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/, {
        error: "expected the name of a zone, such as Europe/Berlin or Etc/UTC",
      })
      .describe("The zone, as in /usr/share/zoneinfo."),
  }),
  shorthand: "name",
  probes: ({ name }) => ({
    link: read.stat(LINK),
    saved: read.text(NAME),
    zone: read.stat(`${ZONES}/${name}`, { follow: true }),
    zones: read.stat(ZONES, { follow: true }),
  }),
  plan({ name }, { link, saved, zone, zones }) {
    const is =
      link === null
        ? null
        : (zoneOf(link.target) ?? (link.type === "symlink" ? (link.target ?? null) : "a copy of a zone"));
    const boot = saved === null ? {} : { file: saved.trim() };
    const plan = change(
      { zone: is, ...boot },
      { zone: name, ...(saved === null ? {} : { file: name }) },
      [
        is !== name && link !== null && link.type !== "symlink" && write.remove(LINK),
        is !== name && write.symlink(LINK, `${ZONES}/${name}`),
        saved !== null && saved.trim() !== name && write.text(NAME, `${name}\n`),
      ],
      {
        warnings: [
          is !== null &&
            is !== name &&
            "services that run keep the old time zone until they are started anew (cron, for one)",
        ],
      },
    );
    if (plan.steps.length === 0 || zone?.type === "file") return plan;
    if (zones === null) return refuse(`there is no ${ZONES} on the host`, "install the package tzdata");
    return refuse(
      `the host knows no time zone ${name}`,
      "`ls /usr/share/zoneinfo` shows those that it has; older names are in the package tzdata-legacy",
    );
  },
  result: (_, { link, saved }) => ({ name: zoneOf(link?.target) ?? saved?.trim() ?? null }),
  examples: ["timezone: Europe/Berlin", "timezone: { name: Etc/UTC }"],
});

/** `/usr/share/zoneinfo/Europe/Berlin`, or the same seen from /etc. */
function zoneOf(target: string | undefined): string | null {
  return /^(?:\/|(?:\.\.\/)+)usr\/share\/zoneinfo\/(.+)$/.exec(target ?? "")?.[1] ?? null;
}
