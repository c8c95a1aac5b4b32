import { z } from "zod";
import { parseProcNetTcp } from "../engine/formats/proc-net-tcp.ts";
import { parseShow, unitName } from "../engine/formats/systemd-show.ts";
import { utf8Text } from "../engine/formats/utf8-text.ts";
import type { Reading } from "../engine/module/index.ts";
import {
  absolutePath,
  defineReading,
  httpExpectParams,
  httpHeaders,
  httpTrouble,
  httpUrl,
  read,
  refuse,
  seconds,
  waiting,
} from "../engine/module/index.ts";

const MIB = 1024 * 1024;
const STATES = {
  port: ["started", "stopped", "drained"],
  path: ["present", "absent"],
  url: ["started", "stopped"],
  unit: ["started", "stopped"],
} as const;
type Subject = keyof typeof STATES;

const params = z
  .strictObject({
    port: z
      .int({ error: "expected a port, a number from 1 to 65535" })
      .min(1, { error: "expected a port, a number from 1 to 65535" })
      .max(65_535, { error: "expected a port, a number from 1 to 65535" })
      .optional()
      .describe(
        "A TCP port. Without `host`: whether something on the task's host listens there, whatever its address.",
      ),
    host: z
      .string()
      .regex(/^(?=.{1,253}$)[A-Za-z0-9:]([A-Za-z0-9.:_-]*[A-Za-z0-9:])?$/, {
        error: "expected a host name or an address",
      })
      .optional()
      .describe("The other host whose `port` it is: the task's host connects to it, and hangs up at once."),
    path: absolutePath.optional().describe("A file or folder. A link is followed."),
    regexp: z
      .string()
      .max(1000)
      .superRefine((text, context) => {
        try {
          new RegExp(text, "mu");
        } catch (error) {
          context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
        }
      })
      .optional()
      .describe("A regular expression that must match in the file `path` (its `^` and `$` match at lines)."),
    url: httpUrl
      .optional()
      .describe("An HTTP address that must answer as `status`, `expect` and `contains` say; the task's host asks it."),
    ...httpExpectParams,
    headers: httpHeaders.default({}).describe("Headers of the request to `url`. A value may be a secret."),
    insecure: z.boolean().default(false).describe("Take the certificate of `url` without checking it."),
    unit: z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*$/, {
        error: "expected the name of a unit, such as nginx or backup.timer",
      })
      .transform(unitName)
      .optional()
      .describe("A systemd unit; without a suffix it is a service."),
    state: z
      .enum(["started", "stopped", "drained", "present", "absent"], {
        error: "expected started, stopped, drained, present or absent",
      })
      .optional()
      .describe(
        "What is waited for. A port: `started`, `stopped` or `drained` (no connections left); a path: `present` or `absent`; a url or unit: `started` or `stopped`. Unsaid: the first of them.",
      ),
    timeout: seconds("a time limit", 86_400)
      .default(300)
      .describe("After how long waiting fails: seconds, or a text such as `10m`."),
    delay: seconds("how long", 86_400)
      .default(0)
      .describe("How long to wait before looking at all: seconds, or a text such as `30s`; not in a check."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const subjects = (["port", "path", "url", "unit"] as const).filter((name) => given[name] !== undefined);
    const [subject, second] = subjects;
    if (subject === undefined) {
      context.addIssue({ code: "custom", message: "say what to wait for: port, path, url or unit" });
      return;
    }
    if (second !== undefined) wrong(second, `${subject} and ${second} are two things to wait for: write two tasks`);
    const states: readonly string[] = STATES[subject];
    if (given.state !== undefined && !states.includes(given.state))
      wrong("state", `a ${subject} is waited for to be ${states.join(" or ")}`);
    const only = (names: readonly ("host" | "regexp" | "status" | "expect" | "contains")[], of: Subject) => {
      for (const name of names) if (given[name] !== undefined && subject !== of) wrong(name, `${name} goes with ${of}`);
    };
    only(["host"], "port");
    only(["regexp"], "path");
    only(["status", "expect", "contains"], "url");
    if (given.host !== undefined && given.state === "drained")
      wrong("state", "whether connections are left only the host itself knows: leave host out");
    if (given.regexp !== undefined && given.state === "absent") wrong("regexp", "what is not there holds nothing");
    if (Object.keys(given.headers).length > 0 && subject !== "url") wrong("headers", "headers go with url");
  });
type Params = z.output<typeof params>;

export const waitFor = defineReading({
  name: "wait_for",
  summary: "Wait until a port, a file, an HTTP answer or a unit is as it shall be.",
  description: `It looks again and again, with growing pauses, until it is so or the time is over; then the task fails, with what was seen last. A unit that
has failed is not waited for. Registers \`state\` and what was seen. What was seen of the host before is looked at anew afterwards.`,
  params,
  ahead: false,
  probes: ({ port, host, path, url, unit, headers, insecure, timeout }) => ({
    // One look at both tables. As a command: such a file is another one each time it is read.
    sockets:
      port !== undefined && host === undefined
        ? read.exec(["cat", "--", "/proc/net/tcp", "/proc/net/tcp6"], { looksAt: ["/proc/net", "/etc/systemd"] })
        : undefined,
    door: port !== undefined && host !== undefined ? read.script("probe-port", [host, String(port), "5"]) : undefined,
    file: path === undefined ? undefined : read.stat(path, { follow: true }),
    answer:
      url === undefined
        ? undefined
        : read.http({
            method: "GET",
            url,
            headers,
            insecure,
            orUnanswered: true,
            limitMs: Math.max(1, Math.min(timeout, 10)) * 1000,
          }),
    show:
      unit === undefined
        ? undefined
        : read.exec(["systemctl", "show", "-p", "LoadState,ActiveState,SubState,Result", "--", unit]),
  }),
  probesAfter: ({ path, regexp }, { file }) => ({
    bytes:
      path !== undefined && regexp !== undefined && file?.type === "file"
        ? read.file(path, { maxBytes: 16 * MIB })
        : undefined,
  }),
  settle: ({ timeout, delay }) => ({ forMs: timeout * 1000, holdMs: 0, delayMs: delay * 1000 }),
  read(given, seen): Reading {
    const { port, path, url, unit } = given;
    if (port !== undefined)
      return seen.door === undefined
        ? ownPort(given, port, seen.sockets?.stdout ?? "")
        : otherPort(given, port, seen.door);
    if (path !== undefined) {
      const there = seen.file != null;
      const wanted = given.state !== "absent";
      if (there !== wanted) return waiting(there ? `${path} is still there` : `${path} is not there`);
      if (
        given.regexp !== undefined &&
        !new RegExp(given.regexp, "mu").test(utf8Text(seen.bytes ?? new Uint8Array()) ?? "")
      ) {
        return waiting(
          seen.file?.type === "file"
            ? `nothing in ${path} matches ${given.regexp}`
            : `${path} is no file (${seen.file?.type})`,
        );
      }
      return found({
        path,
        state: there ? "present" : "absent",
        type: seen.file?.type ?? null,
        size: seen.file?.size ?? null,
      });
    }
    if (url !== undefined && seen.answer !== undefined) {
      const trouble = httpTrouble(given, seen.answer);
      if (given.state === "stopped")
        return seen.answer.status === 0
          ? found({ url, state: "stopped", status: 0 })
          : waiting(`${url} still answers ${seen.answer.status}`);
      return trouble === null
        ? found({ url, state: "started", status: seen.answer.status })
        : waiting(`${url}: ${trouble}`);
    }
    return unitRead(given, unit ?? "", seen.show);
  },
  examples: [
    "wait_for: { port: 22, timeout: 30 }",
    "wait_for: { path: /etc/hostname, regexp: '^\\w+$', timeout: 1m }",
    "wait_for: { unit: cron, timeout: 10 }",
    "wait_for: { port: 8384, state: stopped, delay: 2, timeout: 20s }",
  ],
});

function ownPort({ state = "started" }: Params, port: number, table: string): Reading {
  const sockets = parseProcNetTcp(table).filter((socket) => socket.port === port);
  const listening = sockets.filter((socket) => socket.state === "listening");
  const connections = sockets.length - listening.length;
  const value = {
    port,
    state,
    connections,
    loopback: listening.length > 0 && listening.every(({ loopback }) => loopback),
  };
  if (state === "started") return listening.length > 0 ? found(value) : waiting(`nothing listens on port ${port}`);
  if (listening.length > 0 && state === "stopped") return waiting(`something still listens on port ${port}`);
  const busy = sockets.filter((socket) => socket.state !== "listening" && socket.state !== "other").length;
  if (state === "drained" && busy > 0)
    return waiting(`port ${port} has ${busy} ${busy === 1 ? "connection" : "connections"}`);
  return found(value);
}

function otherPort(
  { state = "started", host }: Params,
  port: number,
  door: { readonly code: number; readonly stderr: string },
): Reading {
  if (door.code === 3) return refuse("the host has neither bash nor nc to connect with", "install the package bash");
  const open = door.code === 0;
  if (open === (state === "started")) return found({ host: host ?? null, port, state });
  return waiting(
    open
      ? `${host} still takes connections on port ${port}`
      : `${host} takes no connection on port ${port}: ${door.stderr.trim()}`,
  );
}

function unitRead(
  { state = "started" }: Params,
  unit: string,
  show: { readonly code: number; readonly stdout: string; readonly stderr: string } | undefined,
): Reading {
  if (show === undefined || show.code === 127)
    return refuse("there is no systemctl on the host", "a unit needs systemd");
  if (show.code !== 0) return refuse(`systemd does not answer: ${(show.stderr || show.stdout).trim()}`);
  const seen = parseShow(show.stdout);
  const [active = "", sub = "", load = ""] = [seen.get("ActiveState"), seen.get("SubState"), seen.get("LoadState")];
  const up = active === "active" || active === "reloading" || active === "refreshing";
  const down = active === "inactive" || active === "failed";
  if (state === "started" ? up : down) return found({ unit, state, active_state: active, sub_state: sub });
  if (state === "started" && active === "failed" && sub !== "auto-restart")
    return refuse(
      `${unit} has failed (${seen.get("Result") ?? "unknown"})`,
      `\`journalctl -u ${unit}\` on the host says why`,
    );
  return waiting(load === "not-found" ? `there is no unit ${unit}` : `${unit} is ${active} (${sub})`);
}

function found(value: Readonly<Record<string, string | number | boolean | null>>): Reading {
  return { kind: "value", value };
}
