import { z } from "zod";
import { parseJson } from "../../engine/formats/json.ts";
import type { HttpAnswer, Value } from "../../engine/module/index.ts";

/** What Syncthing's API says, as far as this module reads it; all other fields are carried along as they are. */

/** Fields by Syncthing's own names. */
export type Fields = Readonly<Record<string, Value>>;

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const shared = z.looseObject({
  deviceID: z.string(),
  introducedBy: z.string().default(""),
  encryptionPassword: z.string().default(""),
});
const device = z.looseObject({
  deviceID: z.string(),
  name: z.string().default(""),
  addresses: texts,
  introducedBy: z.string().default(""),
  paused: z.boolean().default(false),
});
const folder = z.looseObject({
  id: z.string(),
  label: z.string().default(""),
  path: z.string(),
  type: z.string(),
  markerName: z.string().default(""),
  paused: z.boolean().default(false),
  devices: z
    .array(shared)
    .nullish()
    .transform((list) => list ?? []),
  minDiskFree: z.looseObject({ value: z.number(), unit: z.string() }).optional(),
  versioning: z
    .looseObject({
      type: z.string(),
      params: z
        .record(z.string(), z.string())
        .nullish()
        .transform((map) => map ?? {}),
      cleanupIntervalS: z.number().optional(),
      fsPath: z.string().optional(),
    })
    .optional(),
});
const config = z.looseObject({
  devices: z.array(device),
  folders: z.array(folder),
  gui: z.looseObject({
    address: z.string(),
    user: z.string().default(""),
    password: z.string().default(""),
    useTLS: z.boolean().default(false),
  }),
  options: z.looseObject({}),
  defaults: z.looseObject({ folder: z.looseObject({}).optional(), device: z.looseObject({}).optional() }).optional(),
});
const status = z.looseObject({ myID: z.string(), tilde: z.string().default("~"), startTime: z.string().default("") });
const folderStatus = z.looseObject({
  state: z.string().default(""),
  error: z.string().default(""),
  pullErrors: z.number().default(0),
  needTotalItems: z.number().optional(),
  needFiles: z.number().default(0),
  sequence: z.number().default(0),
  localTotalItems: z.number().default(0),
});
const connections = z.looseObject({ connections: z.record(z.string(), z.looseObject({ connected: z.boolean() })) });

export type Config = z.output<typeof config>;
export type Device = z.output<typeof device>;
export type Folder = z.output<typeof folder>;
export type SharedEntry = z.output<typeof shared>;
export type FolderStatus = z.output<typeof folderStatus>;

const parsed = <S extends z.ZodType>(schema: S, answer: HttpAnswer | undefined): z.output<S> | null => {
  if (answer?.status !== 200) return null;
  const result = schema.safeParse(parseJson(answer.body));
  return result.success ? result.data : null;
};
export const configOf = (answer: HttpAnswer | undefined) => parsed(config, answer);
export const statusOf = (answer: HttpAnswer | undefined) => parsed(status, answer);
export const folderStatusOf = (answer: HttpAnswer | undefined) => parsed(folderStatus, answer);
export const versionOf = (answer: HttpAnswer | undefined) =>
  parsed(z.looseObject({ version: z.string() }), answer)?.version ?? "unknown";
export const restartOf = (answer: HttpAnswer | undefined) =>
  parsed(z.looseObject({ requiresRestart: z.boolean() }), answer)?.requiresRestart ?? false;
export const connectedOf = (answer: HttpAnswer | undefined): readonly string[] =>
  Object.entries(parsed(connections, answer)?.connections ?? {}).flatMap(([id, each]) => (each.connected ? [id] : []));
export const ignoresOf = (answer: HttpAnswer | undefined): readonly string[] | null =>
  parsed(z.looseObject({ ignore: texts }), answer)?.ignore ?? null;
