import { bcryptMatches } from "../../engine/formats/bcrypt.ts";
import { listensEverywhere } from "../../engine/formats/syncthing-config.ts";
import { type Refusal, refuse, type Step, Unknown, type Value, write } from "../../engine/module/index.ts";
import type { Part } from "./devices.ts";
import { bodyOf, changedFields, type Field, field, settingFields, settingTrouble, shownFields } from "./fields.ts";
import type { GuiParams, Params } from "./params.ts";
import type { Config, Fields } from "./rest.ts";
import { ask, movedTo, type Server, send, sendLast } from "./server.ts";

export function nodeTrouble(given: Params, config: Config, version: string): Refusal | null {
  const trouble =
    settingTrouble("option", given.options, config.options as Fields, version) ??
    settingTrouble("field of the interface", given.gui?.settings, config.gui as Fields, version);
  if (trouble !== null) return trouble;
  if (given.gui?.password !== undefined && (given.gui.user ?? config.gui.user) === "")
    return refuse(
      "a password alone protects nothing: Syncthing asks for it only where there is a user too",
      "say gui.user",
    );
  return null;
}

/** Settings that count only once Syncthing was started anew: 1.x, and what 2.x has added. */
const AT_START = ["databaseTuning", "auditEnabled", "auditFile"];

export function optionsPart(
  given: Params,
  config: Config,
  server: Server,
): (Part & { readonly restart: Value | undefined }) | null {
  if (given.options === undefined) return null;
  const fields = settingFields(given.options, config.options as Fields);
  const changed = changedFields(fields);
  const shown = shownFields(fields);
  return {
    ...shown,
    steps: changed.length === 0 ? [] : [send(server, "PATCH", "config/options", bodyOf(changed))],
    last: [],
    restart: changed.some(({ key }) => AT_START.includes(key))
      ? new Unknown("if Syncthing then asks for one")
      : undefined,
  };
}

export function guiPart(given: Params, config: Config, server: Server): Part | null {
  if (given.gui === undefined) return null;
  const fields = guiFields(given.gui, config.gui);
  const changed = changedFields(fields);
  const shown = shownFields(fields);
  if (changed.length === 0) return { ...shown, steps: [], last: [] };
  const { address = config.gui.address, tls = config.gui.useTLS } = given.gui;
  return {
    ...shown,
    steps: [],
    // Last of all: whoever asks next has to ask where the interface is then.
    last: [
      sendLast(server, "PATCH", "config/gui", bodyOf(changed), ["/proc/net"]),
      listens(movedTo(server, given, { address, tls })),
    ],
  };
}

/** After a change of its settings the interface listens anew, some moments after it has said yes. */
function listens(server: Server): Step {
  return write.waitUntil(ask(server, "system/ping"), ({ status }) => status === 200, {
    why: `Syncthing's interface to answer at ${server.url}`,
    forMs: 20_000,
  });
}

function guiFields(wanted: GuiParams, is: Config["gui"]): readonly Field[] {
  return [
    ...field("address", "address", is.address, wanted.address),
    ...field("user", "user", is.user, wanted.user),
    ...passwordField(wanted, is.password),
    ...field("tls", "useTLS", is.useTLS, wanted.tls),
    ...field("theme", "theme", is.theme, wanted.theme),
    ...settingFields(wanted.settings, is as Fields),
  ];
}

/** Only its hash is kept, with a salt: whether it is the same password, bcrypt tells. */
function passwordField({ password }: GuiParams, hash: string): readonly Field[] {
  if (password === undefined) return [];
  const equal = bcryptMatches(password.reveal(), hash);
  const is = hash === "" ? null : equal ? GIVEN : "another one";
  return [{ name: "password", key: "password", is, wanted: GIVEN, same: equal, send: password.reveal() }];
}
const GIVEN = "the one given";

export function nodeWarnings(given: Params, config: Config): readonly string[] {
  const { address = config.gui.address, user = config.gui.user } = given.gui ?? {};
  const open = user === "" || (config.gui.password === "" && given.gui?.password === undefined);
  const everywhere = listensEverywhere(address);
  const local = /^(127\.|localhost:|\[::1\])/.test(address) || address.startsWith("/");
  const warnings: string[] = [];
  if (everywhere && given.gui?.address === undefined)
    warnings.push(
      `Syncthing's interface listens on all addresses (${address}): say gui.address: 127.0.0.1:8384, or this one if it is meant`,
    );
  if (!local && open)
    warnings.push(
      `Syncthing's interface at ${address} asks for no password: who reaches it can read and write every file of Syncthing's user`,
    );
  return warnings;
}
