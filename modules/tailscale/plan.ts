import { parseTailscalePrefs, type TailscalePrefs } from "../../engine/formats/tailscale-prefs.ts";
import { parseTailscaleStatus, type TailscaleStatus } from "../../engine/formats/tailscale-status.ts";
import {
  type Change,
  change,
  type Plan,
  type Refusal,
  refuse,
  type Value,
  waiting,
} from "../../engine/module/index.ts";
import { approvalOf, awaitApproval, routesToApprove, unapproved } from "./approval.ts";
import type { Seen } from "./looks.ts";
import type { Params } from "./params.ts";
import { declaredSettings, type Identity, identityOf, mustLogIn, type Setting } from "./settings.ts";
import { downStep, logoutStep, setStep, upSteps } from "./steps.ts";
import { hasTun, userspacePlan, withoutInterface } from "./userspace.ts";

export function planFor(given: Params, seen: Seen): Plan {
  if (seen.status.code === 127) return missing(given);
  const first = userspacePlan(given, seen);
  if (first !== null) return first;
  const status = parseTailscaleStatus(seen.status.stdout);
  const prefs = parseTailscalePrefs(seen.prefs.stdout);
  if (status === null) return unanswered(given, seen);
  if (given.state === "absent") return absent(status);
  // Just started, it does not know yet; but whether it ever was logged in it does.
  if (status.state === "NoState" && status.haveNodeKey && prefs?.wantRunning === true)
    return waiting("tailscaled has just been started");
  if (prefs === null)
    return refuse(
      `tailscale does not tell its settings: ${firstLine(seen.prefs.stderr || seen.prefs.stdout)}`,
      "the task needs to be root (become: true), or the operator of Tailscale",
    );
  return given.state === "down" ? down(given, status, prefs) : present(given, status, prefs, seen);
}

function present(given: Params, status: TailscaleStatus, prefs: TailscalePrefs, seen: Seen): Plan {
  const settings = declaredSettings(given, prefs, status);
  const identity = identityOf(given, prefs, status);
  switch (status.state) {
    case "NeedsMachineAuth":
      return refuse(
        "the node waits for an admin to let it into the tailnet",
        "tailscale_device: { authorized: true } does it, and so does a pre-approved auth key for the next one",
      );
    case "NoState":
    case "NeedsLogin":
      return connect(given, status, prefs, settings, identity);
    case "Stopped":
      return identity.differs && !status.self.expired
        ? reconnect(given, status, prefs, settings, identity)
        : connect(given, status, prefs, settings, identity);
    case "Starting":
    case "Running":
      if (status.tun === false) {
        const trouble = withoutInterface(given, seen.tun);
        if (trouble !== null) return refuse(trouble.why, trouble.hint);
      }
      if (identity.differs) return reconnect(given, status, prefs, settings, identity);
      return adjust(given, status, settings, identity, seen);
    default:
      return refuse(
        `tailscaled is in a state that this module does not know: ${status.state}`,
        "`tailscale status` on the host may say more",
      );
  }
}

/** Not connected: `up`, with the key only where it has to log in. A key that is given without need is refused once it has expired. */
function connect(
  given: Params,
  status: TailscaleStatus,
  prefs: TailscalePrefs,
  settings: readonly Setting[],
  identity: Identity,
): Plan {
  const login = mustLogIn(status);
  const expired = status.self.expired || (status.haveNodeKey && login && !prefs.loggedOut);
  if (login && given.auth_key === undefined)
    return refuse(
      `the node has to log in to the tailnet: ${expired ? "its key has expired" : "it is logged out"}`,
      "give auth_key, or run `tailscale up` on the host once",
    );
  // Who is not connected may not know its tags: they show afterwards.
  const tagsUnknown = given.advertise_tags !== undefined && !("advertise_tags" in identity.after);
  return change(
    {
      state: !login ? "stopped" : expired ? "key expired" : "logged out",
      ...fields(settings, "is"),
      ...identity.before,
    },
    { state: "running", ...fields(settings, "shall"), ...identity.after },
    [
      ...upSteps(given, prefs, status, settings, { withKey: login, anew: false }),
      awaitApproval(given, status.self.tags),
    ],
    { again: tagsUnknown || approvesLater(given) },
  );
}

function reconnect(
  given: Params,
  status: TailscaleStatus,
  prefs: TailscalePrefs,
  settings: readonly Setting[],
  identity: Identity,
): Plan {
  if (given.auth_key === undefined) {
    const what = Object.keys(identity.after).filter(
      (name) => JSON.stringify(identity.before[name]) !== JSON.stringify(identity.after[name]),
    );
    return refuse(
      `${what.join(" and ")} cannot be changed without logging in anew: ${what.map((name) => `${words(identity.before[name])} → ${words(identity.after[name])}`).join(", ")}`,
      what.includes("login_server")
        ? "give auth_key, a key of that server; the node leaves the tailnet that it is in"
        : "give auth_key, or let tailscale_device set the tags through the API",
    );
  }
  return change(
    { state: status.state === "Stopped" ? "stopped" : "running", ...fields(settings, "is"), ...identity.before },
    { state: "running", ...fields(settings, "shall"), ...identity.after },
    [...upSteps(given, prefs, status, settings, { withKey: true, anew: true }), awaitApproval(given, status.self.tags)],
    { again: approvesLater(given) },
  );
}

/** Connected: only what differs is set, and the session goes on. */
function adjust(
  given: Params,
  status: TailscaleStatus,
  settings: readonly Setting[],
  identity: Identity,
  seen: Seen,
): Plan {
  const same = {
    before: { state: "running", ...fields(settings, "is"), ...identity.before },
    after: { state: "running", ...fields(settings, "shall"), ...identity.after },
  };
  const set = setStep(
    given,
    settings.filter(({ differs }) => differs),
  );
  if (set !== null) {
    const routed = settings.some(({ name, differs }) => differs && /^advertise_(routes|exit_node)$/.test(name));
    return change(same.before, same.after, [set, routed ? awaitApproval(given, status.self.tags) : null], {
      again: routed && approvesLater(given),
    });
  }
  if (status.state === "Starting") return waiting("it is connecting to the tailnet", { warnings: status.health });
  const approval = approvalOf(given, status, seen);
  switch (approval.kind) {
    case "refuse":
      return approval;
    case "missing":
      if (approval.step === null) return unapproved(given, status, approval.missing);
      return change(
        { ...same.before, approved: approval.approved },
        { ...same.after, approved: routesToApprove(given) },
        [approval.step],
      );
    case "unknown":
      return change(same.before, same.after, [], { warnings: [approval.warning, ...healthOf(given, status)] });
    case "approved": {
      const routes = given.approve === "set" ? { approved: routesToApprove(given) } : {};
      return change({ ...same.before, ...routes }, { ...same.after, ...routes }, [], {
        warnings: healthOf(given, status),
      });
    }
  }
}

/** Routes are approved once they are advertised: a round of its own. */
function approvesLater(given: Params): boolean {
  return given.approve === "set" && routesToApprove(given).length > 0;
}

/** What the node itself finds wrong. That routes of others are not used is no fault where the task says so. */
function healthOf({ accept_routes }: Params, { health }: TailscaleStatus): readonly string[] {
  return health
    .filter((line) => !(accept_routes === false && line.includes("--accept-routes is false")))
    .map((line) => `tailscale says: ${line}`);
}

function down(given: Params, status: TailscaleStatus, prefs: TailscalePrefs): Plan {
  const settings = declaredSettings(given, prefs, status);
  const connected = prefs.wantRunning && status.state !== "NeedsLogin";
  const set = setStep(
    given,
    settings.filter(({ differs }) => differs),
  );
  const is = connected ? "running" : "down";
  return change({ state: is, ...fields(settings, "is") }, { state: "down", ...fields(settings, "shall") }, [
    set,
    connected && downStep(given),
  ]);
}

function absent(status: TailscaleStatus): Plan {
  const out = status.state === "NeedsLogin" && !status.haveNodeKey;
  return change({ state: out ? "logged out" : "logged in" }, { state: "logged out" }, [!out && logoutStep()]);
}

function missing(given: Params): Plan {
  if (given.state === "absent") return change({ state: "logged out" }, { state: "logged out" }, []);
  return refuse(
    "there is no tailscale on the host",
    "install the package tailscale from pkgs.tailscale.com, whose repository apt must know first",
    onceThere(given),
  );
}

/** What a check foretells where an earlier task brings the package or starts the daemon: a node that nobody has told anything. */
function onceThere(given: Params): { readonly otherwise?: Change } {
  const status = parseTailscaleStatus('{"BackendState":"NeedsLogin"}');
  const prefs = parseTailscalePrefs('{"WantRunning":false,"CorpDNS":true,"NetfilterMode":2}');
  if (status === null || prefs === null || given.state !== "present" || given.auth_key === undefined) return {};
  const plan = present(given, status, prefs, { status: nobody, prefs: nobody, tun: null });
  return plan.kind === "change" ? { otherwise: plan } : {};
}
const nobody = { code: 0, stdout: "", stderr: "", bytes: new Uint8Array() };

function unanswered(given: Params, { status, tun }: Seen): Refusal {
  const said = firstLine(status.stderr || status.stdout);
  if (/doesn't appear to be running|failed to connect/i.test(said) && !hasTun(tun))
    return refuse(
      `tailscaled does not run, and there is no /dev/net/tun on the host: ${said}`,
      "give the container the device (`lxcconf: { preset: tun }` on its node) and restart it, or say userspace: auto",
      onceThere(given),
    );
  return refuse(
    `tailscaled does not answer: ${said || `exit code ${status.code}`}`,
    "start it: `service: { name: tailscaled, state: started, enabled: true }`; the task needs to be root",
    onceThere(given),
  );
}

function fields(settings: readonly Setting[], which: "is" | "shall"): Readonly<Record<string, Value>> {
  return Object.fromEntries(settings.map((setting) => [setting.name, setting[which]]));
}
function words(value: Value | undefined): string {
  return Array.isArray(value) ? value.join(", ") || "none" : String(value ?? "");
}
function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

/** For `register`: the same fields in every state. */
export function resultOf(seen: Seen) {
  const status = parseTailscaleStatus(seen.status.stdout);
  return {
    state: status?.state ?? null,
    version: status?.version ?? null,
    node_id: status?.self.id || null,
    name: status?.self.dnsName || null,
    ips: status?.ips ?? [],
    tags: status?.self.tags ?? [],
    tailnet: status?.tailnet ?? null,
    primary_routes: status?.self.primaryRoutes ?? [],
    key_expiry: status?.self.keyExpiry ?? null,
    tun: status?.tun ?? null,
  };
}
