// More than 300 lines: the parameters are the manual, and each stands beside what is wrong with it.
import { z } from "zod";
import { parseDeviceId } from "../../engine/formats/device-id.ts";
import { absolutePath, type Secret, seconds, secret, type Value } from "../../engine/module/index.ts";

const line = (what: string, longest = 1000) =>
  z
    .string({ error: `expected ${what}` })
    .max(longest, { error: `${what} has at most ${longest} characters` })
    .regex(/^[^\0-\x1f\x7f]*$/, { error: `${what} is one line without control characters` });
const named = (what: string, longest = 200) =>
  line(what, longest)
    .min(1, { error: `expected ${what}, got an empty text` })
    .refine((text) => text.trim() === text, { error: `${what} has no blanks around it` });

/** Fields by Syncthing's own names. Whether there is such a field, and of this type, is known when its settings are read. */
const settings = (mine: Readonly<Record<string, string>>) =>
  z
    .record(z.string(), z.json(), { error: "expected a map of Syncthing's own names to values" })
    .superRefine((given, context) => {
      for (const [name, value] of Object.entries(given)) {
        const wrong = (message: string) => context.addIssue({ code: "custom", path: [name], message });
        const instead = Object.hasOwn(mine, name) ? mine[name] : undefined;
        if (instead !== undefined) wrong(instead);
        if (value === null) wrong("Syncthing has no empty value: leave it out, or say false, 0 or an empty text");
      }
    })
    .transform((given): Readonly<Record<string, Value>> => given)
    .optional();

const deviceId = z
  .string({ error: "expected a device id: eight groups of seven letters and digits" })
  .max(200, { error: "expected a device id: eight groups of seven letters and digits" })
  .transform((given, context) => {
    const parsed = parseDeviceId(given);
    if ("id" in parsed) return parsed.id;
    context.addIssue({ code: "custom", message: parsed.error });
    return z.NEVER;
  });

const deviceAddress = z
  .string({ error: "expected an address such as tcp://192.0.2.7:22000, or dynamic" })
  .max(500)
  .refine((text) => text === "dynamic" || /^(tcp|quic|relay)[46]?:\/\/[^\s\0-\x1f]+$/.test(text), {
    error: "expected an address such as tcp://192.0.2.7:22000, or dynamic",
  });

const gui = z.strictObject({
  address: z
    .string({ error: "expected an address and a port such as 127.0.0.1:8384" })
    .max(300)
    .refine((text) => PORT.test(text) && Number(PORT.exec(text)?.[1]) <= 65_535, {
      error: "expected an address and a port such as 127.0.0.1:8384",
    })
    .optional()
    .describe("Where the interface and the API listen: `127.0.0.1:8384`. On all addresses only if you say so here."),
  user: named("the name of a user").optional().describe("Who may log in."),
  password: secret()
    .refine((text) => text.reveal() !== "", { error: "an empty password would leave the interface open" })
    .refine((text) => Buffer.byteLength(text.reveal()) <= 72, {
      error: "a password has at most 72 bytes: bcrypt does not look at more",
    })
    .refine((text) => !/[\0\r\n]/.test(text.reveal()), { error: "a password is one line" })
    .refine((text) => !/^\$2[aby]\$/.test(text.reveal()), {
      error: "give the password and not its hash: some versions of Syncthing hash the hash",
    })
    .optional()
    .describe("The password. It is compared with the hash that Syncthing keeps, and sent only if it is another one."),
  tls: z.boolean().optional().describe("Answer HTTPS alone, with a certificate that Syncthing makes for itself."),
  theme: named("the name of a theme").optional().describe("How it looks: `default`, `dark`, `black`, `light`."),
  settings: settings({
    address: "say `address`",
    user: "say `user`",
    password: "say `password`",
    useTLS: "say `tls`",
    theme: "say `theme`",
    apiKey: "the key of the API cannot be changed through the API that it opens: it stands in config.xml",
    enabled: "without its interface Syncthing has no API, and this module nothing to ask",
  }).describe("Other fields by Syncthing's own names: `insecureSkipHostcheck: true`."),
});

const device = z.strictObject({
  name: named("the name of a device").describe("What it is called, here and in Syncthing."),
  id: deviceId.describe("Its id. The check characters are looked at before anything is sent."),
  addresses: z
    .array(deviceAddress, { error: "expected a list of addresses" })
    .min(1, { error: "an empty list stands for `dynamic`: say that" })
    .optional()
    .describe("Where it is found: `tcp://192.0.2.7:22000`, `dynamic`. As a set: the order does not matter."),
  introducer: z.boolean().optional().describe("Let it introduce the devices that it shares folders with."),
  auto_accept: z.boolean().optional().describe("Take every folder that it offers."),
  compression: z
    .enum(["metadata", "always", "never"], { error: "expected metadata, always or never" })
    .optional()
    .describe("What is compressed on the way to it."),
  untrusted: z.boolean().optional().describe("It gets encrypted folders alone."),
  paused: z.boolean().optional().describe("Do not speak with it."),
  settings: settings({
    deviceID: "say `id`",
    name: "say `name`",
    addresses: "say `addresses`",
    introducer: "say `introducer`",
    autoAcceptFolders: "say `auto_accept`",
    compression: "say `compression`",
    untrusted: "say `untrusted`",
    paused: "say `paused`",
    introducedBy: "Syncthing sets it itself",
  }).describe("Other fields by Syncthing's own names: `maxSendKbps: 500`."),
});

const sharedWith = z
  .union([
    named("the name or id of a device").transform((name) => ({ device: name })),
    z.strictObject({
      device: named("the name or id of a device"),
      encryption_password: secret()
        .refine((text) => !/[\0\r\n]/.test(text.reveal()), { error: "a password is one line" })
        .optional(),
    }),
  ])
  .transform((given): { readonly device: string; readonly encryption_password?: Secret } => {
    const password = "encryption_password" in given ? given.encryption_password : undefined;
    return { device: given.device, ...(password !== undefined && { encryption_password: password }) };
  });

/** What each kind of versioning is told, by Syncthing's names. */
const VERSIONING: Readonly<Record<string, readonly string[]>> = {
  none: [],
  trashcan: ["cleanoutDays"],
  simple: ["keep", "cleanoutDays"],
  staggered: ["maxAge", "cleanInterval", "versionsPath"],
  external: ["command"],
};
interface Versioning {
  readonly type: string;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly cleanup_interval_s?: number | undefined;
  readonly path?: string | undefined;
}
const versioning = z
  .union(
    [
      z.literal("none").transform((type) => ({ type })),
      z.strictObject({
        type: z.enum(["none", "trashcan", "simple", "staggered", "external"], {
          error: "expected none, trashcan, simple, staggered or external",
        }),
        params: z.record(z.string(), z.union([line("a value"), z.int().transform(String)])).optional(),
        cleanup_interval_s: z.int().min(0).max(31_536_000).optional(),
        path: line("a path").optional(),
      }),
    ],
    { error: "expected none, or { type: simple, params: { keep: 5 } }" },
  )
  .transform((given): Versioning => given)
  .superRefine((given, context) => {
    const known = VERSIONING[given.type] ?? [];
    for (const name of Object.keys(given.params ?? {})) {
      if (known.includes(name)) continue;
      const has = known.length === 0 ? "no params" : `only ${known.join(" and ")}`;
      context.addIssue({ code: "custom", path: ["params", name], message: `${given.type} versioning has ${has}` });
    }
    if (given.type === "external" && !given.params?.command)
      context.addIssue({ code: "custom", path: ["params"], message: "say the command: params: { command: … }" });
  });

const folder = z.strictObject({
  id: named("the id of a folder", 64)
    .regex(/^[^/]+$/, { error: "Syncthing's API cannot name a folder whose id holds a /" })
    .refine((id) => id !== "." && id !== "..", { error: "expected the id of a folder" })
    .describe("Its id, the same on all devices. Another id is another folder."),
  path: absolutePath
    .optional()
    .describe("Where it is. Needed when it is new; Syncthing then makes the folder with its marker `.stfolder`."),
  label: line("a label", 200).optional().describe("What people call it."),
  type: z
    .enum(["sendreceive", "sendonly", "receiveonly", "receiveencrypted"], {
      error: "expected sendreceive, sendonly, receiveonly or receiveencrypted",
    })
    .optional()
    .describe("Which way files go. `receiveencrypted` can only be had by a new folder."),
  devices: z
    .array(sharedWith, { error: "expected a list of names of devices" })
    .optional()
    .describe(
      "With whom it is shared, by name or id; all of them, but this device itself and those that an introducer added. For an untrusted one: `{ device: offsite, encryption_password: … }`.",
    ),
  versioning: versioning
    .optional()
    .describe(
      "What becomes of files that others replace or delete: `none`, or `{ type: staggered, params: { maxAge: 31536000 } }`, params by Syncthing's names.",
    ),
  ignores: z
    .array(
      z
        .string({ error: "expected a pattern" })
        .max(4000)
        .regex(/^[^\0\r\n]*$/, { error: "a pattern is one line" })
        // Syncthing reads its file so, and would never give back what was asked for.
        .transform((text) => text.trim()),
      { error: "expected a list of patterns" },
    )
    .optional()
    .describe("The lines of `.stignore`, comments with them, in this order. They are never synchronised."),
  ignore_perms: z
    .boolean()
    .optional()
    .describe("Leave permissions alone: where files have ACLs, a chmod that comes from elsewhere would cut them."),
  rescan_s: z
    .int()
    .min(0)
    .max(31_536_000)
    .optional()
    .describe("Look at everything again after so many seconds; 0: never."),
  watch: z.boolean().optional().describe("Notice changes as they happen (inotify)."),
  min_free: z
    .union([z.string(), z.literal(0)], { error: "expected a share or a size such as 1% or 5 GB" })
    .transform((given, context) => {
      const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*(%|[kMGT]B|B)?$/.exec(String(given).trim());
      const [, number = "", unit = ""] = match ?? [];
      if (match !== null && (unit !== "" || Number(number) === 0))
        return { value: Number(number), unit: unit === "B" ? "" : unit };
      context.addIssue({ code: "custom", message: `"${given}" is neither a share nor a size: write 1% or 5 GB` });
      return z.NEVER;
    })
    .optional()
    .describe("Take nothing more when less than this is free: `1%`, `5 GB`; 0: never mind."),
  order: z
    .enum(["random", "alphabetic", "smallestFirst", "largestFirst", "oldestFirst", "newestFirst"], {
      error: "expected random, alphabetic, smallestFirst, largestFirst, oldestFirst or newestFirst",
    })
    .optional()
    .describe("Which files are fetched first."),
  paused: z.boolean().optional().describe("Do nothing with it for now."),
  settings: settings({
    id: "say `id`",
    path: "say `path`",
    label: "say `label`",
    type: "say `type`",
    devices: "say `devices`",
    versioning: "say `versioning`",
    ignorePerms: "say `ignore_perms`",
    rescanIntervalS: "say `rescan_s`",
    fsWatcherEnabled: "say `watch`",
    minDiskFree: "say `min_free`",
    order: "say `order`",
    paused: "say `paused`",
  }).describe("Other fields by Syncthing's own names: `maxConflicts: 5`, `syncOwnership: true`."),
});

export const params = z
  .strictObject({
    home: absolutePath
      .default("/var/lib/syncthing")
      .describe(
        "Where its `config.xml` is, which has the address and the key of the API; or the home of its user, below which `.config/syncthing` and `.local/state/syncthing` are looked at.",
      ),
    url: z
      .string({ error: "expected an address such as http://127.0.0.1:8384" })
      .max(300)
      .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/, { error: "expected an address such as http://127.0.0.1:8384" })
      .refine((text) => URL.canParse(text), { error: "expected an address such as http://127.0.0.1:8384" })
      .optional()
      .describe("Where the API answers, seen from the host, if not where `config.xml` says: for a published port."),
    api_key: secret()
      .refine((text) => /^[\x21-\x7e]{1,500}$/.test(text.reveal()), { error: "a key has no blanks, and ASCII alone" })
      .optional()
      .describe("The key of the API, if not the one in `config.xml`. That file is then not read at all."),
    gui: gui.optional().describe("Interface and API."),
    options: settings({}).describe(
      "Settings of this node by Syncthing's own names: `{ globalAnnounceEnabled: false, urAccepted: -1 }`. A name that it does not know is refused.",
    ),
    devices: z
      .array(device, { error: "expected a list of devices" })
      .optional()
      .describe("The devices it shall know, found by their ids. This device itself may be among them."),
    folders: z.array(folder, { error: "expected a list of folders" }).optional().describe("The folders it shall have."),
    exact: z
      .boolean()
      .default(false)
      .describe(
        "Remove the devices and folders that are not named, of those of the two that are. Never this device or introduced ones; files stay where they are.",
      ),
    wait: z
      .enum(["none", "idle", "connected"], { error: "expected none, idle or connected" })
      .default("none")
      .describe("`idle`: the named folders are in step with what is known. `connected`: the named devices are."),
    wait_timeout: seconds("a time limit", 86_400, 1)
      .default(120)
      .describe("How long `wait` may take: seconds, or a text such as `5m`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: readonly (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path: [...path], message });
    const { devices, folders, exact } = given;
    if (given.gui === undefined && given.options === undefined && devices === undefined && folders === undefined)
      wrong([], "say what shall be: gui, options, devices or folders");
    if (exact && devices === undefined && folders === undefined)
      wrong(["exact"], "exact is about devices and folders, and none of the two is named");
    if (given.wait === "idle" && folders === undefined) wrong(["wait"], "idle is about folders, and none are named");
    if (given.wait === "connected" && devices === undefined)
      wrong(["wait"], "connected is about devices, and none are named");
    for (const [at, of] of twice(devices, ({ name }) => name))
      wrong(["devices", at, "name"], `devices[${of}] has this name`);
    for (const [at, of] of twice(devices, ({ id }) => id))
      wrong(["devices", at, "id"], `this is the device devices[${of}]`);
    for (const [at, of] of twice(folders, ({ id }) => id)) wrong(["folders", at, "id"], `folders[${of}] has this id`);
    for (const [at, of] of twice(folders, ({ path }) => path))
      wrong(["folders", at, "path"], `folders[${of}] is at the same path`);
    for (const [at, { devices: shared = [] }] of (folders ?? []).entries()) {
      for (const [nth] of twice(shared, (each) => each.device))
        wrong(["folders", at, "devices", nth], "is named twice");
      for (const [nth, { device: name }] of shared.entries()) {
        // With `exact` nobody else will be there; else the server may know it.
        if (!exact || devices === undefined || devices.some((each) => each.name === name)) continue;
        if (!("id" in parseDeviceId(name)))
          wrong(
            ["folders", at, "devices", nth],
            `there will be no device "${name}": it is not among the devices, which are exact`,
          );
      }
    }
  });
export type Params = z.output<typeof params>;
export type GuiParams = z.output<typeof gui>;
export type DeviceParams = z.output<typeof device>;
export type FolderParams = z.output<typeof folder>;
export type Shared = z.output<typeof sharedWith>;

const PORT = /^(?:[A-Za-z0-9.-]*|\[[0-9A-Fa-f:.%a-z]+\]):(\d{1,5})$/;

/** Which items repeat an earlier one: their place, and that of the earlier. What has no key repeats nothing. */
function twice<T>(
  items: readonly T[] | undefined,
  key: (item: T) => string | undefined,
): readonly (readonly [number, number])[] {
  const keys = (items ?? []).map(key);
  return keys.flatMap((each, at) => {
    const first = keys.indexOf(each);
    return each !== undefined && first < at ? [[at, first] as const] : [];
  });
}
