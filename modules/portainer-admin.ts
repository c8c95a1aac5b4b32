import { z } from "zod";
import { member, parseJson } from "../engine/formats/json.ts";
import {
  change,
  defineModule,
  type HttpAnswer,
  type Plan,
  read,
  refuse,
  Secret,
  type Step,
  secret,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^\s/?#@"'\\]+\/?$/, { error: "expected an address such as https://127.0.0.1:9443" })
      .refine((url) => URL.canParse(url), { error: "expected an address such as https://127.0.0.1:9443" })
      .transform((url) => url.replace(/\/$/, ""))
      .default("https://127.0.0.1:9443")
      .describe("Where Portainer listens, as seen from the host."),
    username: z
      .string()
      .min(1, { error: "expected the name of the administrator" })
      .max(100)
      .regex(/^[^\s\0-\x1f]+$/, { error: "Portainer takes no blanks in the name of a user" })
      .default("admin")
      .describe("Name of the administrator."),
    password: secret()
      .refine((password) => [...password.reveal()].length >= 12, {
        error: "a password has at least 12 characters: Portainer refuses a shorter one",
      })
      .refine((password) => Buffer.byteLength(password.reveal()) <= 72, {
        error: "a password has at most 72 bytes: of a longer one Portainer knows only the beginning",
      })
      .describe("Password of the administrator. It goes to Portainer in the body of a request, and is shown nowhere."),
    verify: z
      .boolean()
      .default(true)
      .describe("Where there is an administrator already, log in to see whether name and password are these."),
    container: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: "expected the name of a container of Docker" })
      .optional()
      .describe("Its container of Docker on this host: one that has locked itself is restarted, and set up then."),
    insecure: z
      .boolean()
      .optional()
      .describe(
        "Accept a certificate that nobody vouches for. Unsaid: on the host itself, where Portainer makes its own.",
      ),
  })
  .superRefine(({ url, insecure }, context) => {
    if (typeof url === "string" && url.startsWith("http://") && !isLoopback(url))
      context.addIssue({
        code: "custom",
        path: ["url"],
        message: "a password does not travel over a network in plain: use https",
      });
    if (insecure !== undefined && typeof url === "string" && url.startsWith("http://"))
      context.addIssue({ code: "custom", path: ["insecure"], message: "without https there is no certificate" });
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly status: HttpAnswer;
  readonly check: HttpAnswer;
  readonly login?: HttpAnswer | undefined;
}

export const portainerAdmin = defineModule({
  name: "portainer_admin",
  summary: "Give a new Portainer its administrator.",
  description: `A Portainer that nobody has set up lets whoever comes first be its administrator, and locks itself after five minutes: this task says who it is.
Where there is one already, the task logs in (which changes nothing) to see whether it is this one with this password. Another name or
password is a failure: only Portainer itself can change them, for who knows the old ones. The result has \`version\`, \`instance_id\` and
\`admin_exists\`.`,
  params,
  // Until Portainer listens each look would wait for it, and too many log-ins make it refuse all of them.
  ahead: false,
  probes: (given) => ({
    // A container that has just been started takes a moment until it listens.
    status: read.http({ method: "GET", ...request(given, "/api/system/status"), patienceMs: 10_000 }),
    check: read.http({ method: "GET", ...request(given, "/api/users/admin/check") }),
  }),
  probesAfter: (given, { check }) => ({
    login:
      check.status === 204 && given.verify
        ? read.http({ method: "POST", ...request(given, "/api/auth"), ...credentials(given) })
        : undefined,
  }),
  plan: (given, observed) => planFor(given, observed),
  settle: () => ({ forMs: 30_000, holdMs: 0 }),
  result: (_, { status, check }) => ({
    version: textOf(member(parseJson(status.body), "Version")),
    instance_id: textOf(member(parseJson(status.body), "InstanceID")),
    admin_exists: check.status === 204,
  }),
  examples: [
    "portainer_admin: { password: correct-horse-battery-staple }",
    "portainer_admin: { container: portainer, password: correct-horse-battery-staple }",
    "portainer_admin: { url: https://portainer.example, username: anna, password: correct-horse-battery-staple, verify: false }",
  ],
});

function planFor(given: Params, { status, check, login }: Seen): Plan {
  const { url, username } = given;
  const there = { administrator: username };
  const make = change({ administrator: null }, there, [
    write.http({
      method: "POST",
      ...request(given, "/api/users/admin/init"),
      ...credentials(given),
      okStatuses: [200],
      touches: [`portainer:${url}`],
    }),
  ]);
  if (status.status === 0)
    return refuse(
      `Portainer does not answer at ${url}: ${status.unanswered ?? "nobody listens there"}`,
      "does its container run, and is the port published? Its own are 9443 (https) and 9000 (http)",
      { otherwise: make },
    );
  if ([status, check].some(isLocked) && given.container !== undefined)
    return change({ administrator: null }, there, [...unlock(given, given.container), ...make.steps]);
  if ([status, check].some(isLocked))
    return refuse(
      `Portainer at ${url} has locked itself: nobody set it up within five minutes of its start`,
      "restart its container, and run this task right after it; or say which it is (`container`), and this task does",
    );
  if (textOf(member(parseJson(status.body), "Version")) === null || ![204, 404].includes(check.status))
    return refuse(
      `what answers at ${url} is not Portainer (status ${status.status}, ${check.status})`,
      "is it the right port? Something else may listen there, or a proxy stand in between",
    );
  if (check.status === 404) return make;
  if (login === undefined) return change(there, there, []);
  if (login.status === 200) return change(there, there, []);
  if (login.status === 422)
    return refuse(
      `Portainer at ${url} has an administrator, but does not let ${username} in with this password`,
      "name the one that there is (username, password), or say verify: false to leave it at that",
    );
  return refuse(
    `Portainer at ${url} does not say whether ${username} has this password: status ${login.status}${messageOf(login)}`,
    login.status === 403 || login.status === 429
      ? "after too many tries it lets nobody in for a while: wait, or say verify: false"
      : undefined,
  );
}

/** Its five minutes begin anew with a start. */
function unlock(given: Params, container: string): readonly Step[] {
  return [
    write.exec(["docker", "restart", container], { touches: [`portainer:${given.url}`] }),
    write.waitUntil(
      read.http({ method: "GET", ...request(given, "/api/users/admin/check") }),
      (answer) => answer.status === 404 || answer.status === 204,
      { why: `Portainer to listen at ${given.url} again`, forMs: 60_000 },
    ),
  ];
}

/** It still answers then, but only with this. */
function isLocked({ status, headers, body }: HttpAnswer): boolean {
  return status === 303 && (headers["redirect-reason"] !== undefined || /initialization timeout/i.test(body));
}

function request({ url, insecure }: Params, path: string) {
  const trusted = insecure ?? isLoopback(url);
  return {
    url: `${url}${path}`,
    headers: { Accept: "application/json" },
    limitMs: 30_000,
    orUnanswered: true as const,
    ...(trusted && url.startsWith("https:") && { insecure: true }),
  };
}

function credentials({ username, password }: Params) {
  return {
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: new Secret(JSON.stringify({ Username: username, Password: password.reveal() })),
  };
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
function messageOf({ body }: HttpAnswer): string {
  const text = textOf(member(parseJson(body), "message"));
  return text === null ? "" : `: ${text}`;
}
