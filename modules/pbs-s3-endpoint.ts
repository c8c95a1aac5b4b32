import { z } from "zod";
import { findSection, parseSectionConfig } from "../engine/formats/section-config.ts";
import {
  change,
  defineModule,
  maybeSecret,
  presence,
  read,
  refuse,
  Secret,
  secret,
  type Value,
  write,
} from "../engine/module/index.ts";

const CFG = "/etc/proxmox-backup";
const FILE = `${CFG}/s3.cfg`;
/** Parameters that may be seen, in the order in which the server writes them. */
const SHOWN = ["endpoint", "fingerprint", "path_style", "port", "region"] as const;
const SECRETS = ["access_key", "secret_key"] as const;

const word = (what: string, pattern: RegExp) =>
  z.string({ error: `expected ${what}` }).regex(pattern, { error: `expected ${what}` });
const oneWord = (value: string | Secret) =>
  /^[\x21-\x7e]{1,256}$/.test(value instanceof Secret ? value.reveal() : value);

const params = z
  .strictObject({
    id: word("the id of an endpoint: 3 to 32 letters, digits, . _ -", /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/).describe(
      "What the server calls it.",
    ),
    state: presence.describe("`absent` forgets it; the bucket stays as it is."),
    endpoint: word(
      "a host such as s3.eu-central-1.wasabisys.com, without https://",
      /^[A-Za-z0-9{}](?:[A-Za-z0-9{}.-]*[A-Za-z0-9{}])?$/,
    )
      .optional()
      .describe("Its host. `{{bucket}}` and `{{region}}` in it are the server's own (write it with `!raw`)."),
    region: word("a region such as eu-central-1", /^[a-z0-9][a-z0-9-]{0,31}$/)
      .nullable()
      .optional()
      .describe("The region. null: as the server assumes it."),
    port: z.int().min(1).max(65535).nullable().optional().describe("Its port. null: 443."),
    path_style: z.boolean().optional().describe("The bucket's name in the path, and not in the host name."),
    fingerprint: word("a SHA-256 fingerprint: 32 pairs of digits with colons", /^[a-f0-9]{2}(?::[a-f0-9]{2}){31}$/)
      .nullable()
      .optional()
      .describe("Of a certificate that nobody vouches for. null: it is checked as usual."),
    access_key: maybeSecret()
      .refine(oneWord, { error: "an access key is one word" })
      .optional()
      .describe("The access key."),
    secret_key: secret().optional().describe("The secret key. It is in the file alone, and in no list of processes."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const named = [...SHOWN, ...SECRETS].filter((name) => given[name] !== undefined);
    if (given.state === "absent") for (const name of named) wrong(name, "state: absent takes no settings");
    if (given.secret_key instanceof Secret && !oneWord(given.secret_key))
      wrong("secret_key", "a secret key is one word");
  });
type Params = z.output<typeof params>;

export const pbsS3Endpoint = defineModule({
  name: "pbs_s3_endpoint",
  summary: "Where Proxmox Backup Server finds a bucket: an S3 endpoint with its keys.",
  description: `For Proxmox Backup Server 4 or newer. The server's own tool takes the secret key as a word of its command line, where every user of
the host could read it; so this writes \`/etc/proxmox-backup/s3.cfg\` itself, whole and in one piece, readable by the server alone, under the server's own lock. What is not named is left alone, null means not set. Whether the bucket can be used says
\`proxmox-backup-manager s3 check ID BUCKET\`.`,
  params,
  probes: () => ({
    version: read.exec(["dpkg-query", "-W", "-f", "${Version}", "proxmox-backup-server"], {
      looksAt: ["/var/lib/dpkg"],
    }),
    cfg: read.text(FILE),
    stores: read.text(`${CFG}/datastore.cfg`),
  }),
  plan(given, { version, cfg, stores }) {
    const { id, state } = given;
    if (version.code !== 0)
      return refuse("this host has no Proxmox Backup Server", "install the package proxmox-backup-server first");
    const major = Number(/^\d+/.exec(version.stdout.trim())?.[0] ?? 0);
    const text = cfg ?? "";
    const section = findSection(parseSectionConfig(text), id);
    if (state === "absent") {
      const gone = { state: "absent" };
      const user = parseSectionConfig(stores ?? "").find(({ options }) =>
        (options.get("backend") ?? "").split(",").includes(`client=${id}`),
      );
      if (section !== undefined && user !== undefined)
        return refuse(`datastore ${user.id} uses the endpoint ${id}`, "remove the datastore first; its bucket stays");
      return change(section === undefined ? gone : { state: "present" }, gone, [
        section !== undefined && save(withSection(text, id, null)),
      ]);
    }
    if (major < 4)
      return refuse(
        `buckets need Proxmox Backup Server 4, and this is ${major}`,
        "upgrade to Debian 13 with version 4, or keep backups on the server's own disks",
      );
    const missing = (["endpoint", ...SECRETS] as const).filter((name) => given[name] === undefined);
    if (section === undefined && missing.length > 0)
      return refuse(`there is no endpoint ${id}, and to make it ${missing.join(" and ")} must be said`);
    const options = wantedOptions(given, section?.options ?? new Map());
    const is = shownAs(given, section?.options, options);
    const wanted = shownAs(given, options, options);
    const same = section !== undefined && JSON.stringify(is) === JSON.stringify(wanted);
    const before: Record<string, Value> = { state: section === undefined ? "absent" : "present", ...is };
    return change(before, { state: "present", ...wanted }, [!same && save(withSection(text, id, options))]);
  },
  result: ({ id }, { cfg }) => ({ id, exists: findSection(parseSectionConfig(cfg ?? ""), id) !== undefined }),
  examples: [
    `pbs_s3_endpoint:
  id: wasabi
  endpoint: s3.eu-central-1.wasabisys.com
  region: eu-central-1
  access_key: AKEXAMPLE
  secret_key: "{{wasabi_secret_key}}"`,
    "pbs_s3_endpoint: { id: old-bucket, state: absent }",
  ],
});

/** In the server's own mode, under its lock: it reads the file as the group, and only root writes it. */
function save(text: string) {
  return write.text(FILE, new Secret(text), {
    mode: "0640",
    owner: "root",
    group: "backup",
    lock: `${CFG}/.s3.lck`,
  });
}

const keyOf = (param: string) => param.replaceAll("_", "-");

/** The section's options as they shall be, those that nobody named as they are. */
function wantedOptions(given: Params, is: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const options = new Map(is);
  for (const param of [...SHOWN, ...SECRETS]) {
    const value = given[param];
    if (value === undefined) continue;
    if (value === null || value === false) options.delete(keyOf(param));
    else options.set(keyOf(param), value instanceof Secret ? value.reveal() : String(value));
  }
  return options;
}

/** What a task names of the options; of a key only whether it is the one given. */
function shownAs(
  given: Params,
  options: ReadonlyMap<string, string> | undefined,
  wanted: ReadonlyMap<string, string>,
): Readonly<Record<string, Value>> {
  const shown = SHOWN.filter((param) => given[param] !== undefined).map((param): readonly [string, Value] => {
    const text = options?.get(keyOf(param));
    if (options === undefined) return [param, null];
    if (param === "path_style") return [param, text === "true" || text === "1"];
    return [param, text === undefined ? null : param === "port" ? Number(text) : text];
  });
  const keys = SECRETS.filter((param) => given[param] !== undefined).map((param): readonly [string, Value] => {
    const text = options?.get(keyOf(param));
    return [param, text === undefined ? null : text === wanted.get(keyOf(param)) ? "the one given" : "another one"];
  });
  return Object.fromEntries([...shown, ...keys]);
}

/** The file with this section as it shall be (null: without it), the others byte for byte as they are. */
function withSection(text: string, id: string, options: ReadonlyMap<string, string> | null): string {
  const blocks = text.split(/^(?=\S)/m).filter((block) => block.trim() !== "");
  const lines = [...(options ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `\t${key} ${value}\n`);
  const wanted = options === null ? [] : [`s3client: ${id}\n${lines.join("")}`];
  const at = blocks.findIndex((block) => new RegExp(`^s3client:\\s*${id.replaceAll(".", "\\.")}\\s*\n`).test(block));
  const next = at < 0 ? [...blocks, ...wanted] : [...blocks.slice(0, at), ...wanted, ...blocks.slice(at + 1)];
  return next.map((block) => `${block.trimEnd()}\n`).join("\n");
}
