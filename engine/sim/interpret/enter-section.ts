import type { Inside, OpReply, Section } from "../../ops/ir.ts";
import { execInService, processOfService } from "../../ops/shell/docker-service.ts";
import { notUpMark } from "../../ops/shell/step-inside.ts";
import { containerNow } from "../docker/container-now.ts";
import { dockerOf } from "../docker/engine.ts";
import { engineRuns } from "../docker/engine-runs.ts";
import { findContainer } from "../docker/find-container.ts";
import { containerRoot, enterDocker, hasShell } from "../docker/inside-container.ts";
import type { DockerContainer } from "../docker/state.ts";
import { findUser, type User } from "../host/accounts.ts";
import { findProgram } from "../host/programs.ts";
import { addressesAt } from "../pve/container/container-network.ts";
import { containerHost, isRunning, rootInside } from "../pve/inside/container-host.ts";
import { powerOf } from "../pve/inside/power-inside.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";

/** Where a section's operations run: on the host itself, in a container of it, or nowhere. */
export type Entered =
  | { readonly kind: "here" }
  | { readonly kind: "inside"; open(session: Session): Session | undefined }
  | (OpReply & { readonly kind: "failed" });

/** Goes where a section wants to be, link by link, with the messages of the real tools. Judged once, as a real one is entered once. */
export function enterSection(host: Session, section: Section): Entered {
  const links = linksOf(section);
  const { inside = { user: null, once: "entered" } } = section;
  if (links.length === 0) return { kind: "here" };
  // A restart is another life: a shell that was entered before it is gone with the old one.
  const lives: number[] = [];
  const found: { user: User | undefined; held: string | null } = { user: undefined, held: null };
  const go = (session: Session, first: boolean): Session | string => {
    let at = session;
    for (const [index, link] of links.entries()) {
      const last = index === links.length - 1;
      const refused = whyNot(at, link, section.network !== undefined && last);
      if (refused !== null) return refused;
      const life = lifeOf(at.host, link);
      if (first) lives.push(life);
      else if (lives[index] !== life) return "it was started anew";
      const as = (container: FrozenHost): User => {
        const root = link.kind === "pct" ? rootInside(container) : containerRoot(container);
        if (!last) return root;
        found.held = link.kind === "pct" ? heldUp(container, inside) : null;
        found.user = inside.user === null || inside.user === "root" ? root : findUser(container, inside.user);
        return found.user ?? root;
      };
      const next = openLink(at, link, as);
      if (next === undefined) return "it is not there";
      at = next;
    }
    return at;
  };
  const judged = go(host, true);
  if (typeof judged === "string") return noEntry(judged);
  if (found.held !== null && section.network === undefined) return noEntry(`${notUpMark}${found.held}`);
  if (found.user === undefined) {
    const message = `cannot enter as ${inside.user} by ${section.within.join(" ")}: there is no user ${inside.user} in there`;
    return { kind: "failed", error: { code: "failed", message } };
  }
  const open = (session: Session): Session | undefined => {
    const entered = go(session, false);
    return typeof entered === "string" ? undefined : entered;
  };
  return { kind: "inside", open };
}

type Link =
  | { readonly kind: "pct"; readonly vmid: string }
  | { readonly kind: "docker"; find(host: FrozenHost): Frozen<DockerContainer> | undefined; readonly named: string };

/** The ways in that the lab imitates; any other word is refused. */
function linksOf({ within, network }: Section): readonly Link[] {
  const words = [...(network?.at(-1) ?? within)];
  const links: Link[] = [];
  while (words.length > 0) {
    const text = words.join(" ");
    const pct = /^lxc-attach --clear-env -n ([1-9]\d*) --(?: |$)/.exec(text);
    const asked = network === undefined ? null : /^lxc-info -n ([1-9]\d*) -p -H$/.exec(text);
    const named = /^docker exec -i -u 0 (\S+)(?: |$)/.exec(text);
    const ofNamed = network === undefined ? null : /^docker inspect -f \{\{\.State\.Pid\}\} (\S+)$/.exec(text);
    if (pct !== null || asked !== null) {
      links.push({ kind: "pct", vmid: (pct ?? asked)?.[1] ?? "" });
      words.splice(0, pct === null ? words.length : 5);
    } else if (named !== null || ofNamed !== null) {
      const name = (named ?? ofNamed)?.[1] ?? "";
      links.push({ kind: "docker", named: name, find: (host) => findContainer(dockerOf(host), name) });
      words.splice(0, named === null ? words.length : 6);
    } else if (words[0] === "sh" && (words[2] === execInService || words[2] === processOfService)) {
      const [, , , , project = "", service = ""] = words;
      links.push({ kind: "docker", named: "", find: (host) => ofService(host, project, service) });
      words.splice(0, 6);
    } else throw new NotImitated(`the embedded lab does not imitate going in with "${text}"`);
  }
  return links;
}

/** As `docker ps` finds it: the first that runs, else the first that there is. */
function ofService(host: FrozenHost, project: string, service: string): Frozen<DockerContainer> | undefined {
  const label = "com.docker.compose";
  const all = Object.values(dockerOf(host).containers)
    .filter(
      ({ config: { labels } }) => labels[`${label}.project`] === project && labels[`${label}.service`] === service,
    )
    .toSorted((a, b) => a.number - b.number);
  return all.find((each) => containerNow(host, each).running) ?? all[0];
}

/** `beside`: into its network alone, for which nothing has to be in it. */
function whyNot(session: Session, link: Link, beside: boolean): string | null {
  const { host, user } = session;
  if (link.kind === "pct") return user.uid === 0 && isRunning(host, link.vmid) ? null : connectionRefused(link.vmid);
  if (findProgram({ session }, "docker") === undefined) return "sh: docker: not found";
  if (!engineRuns(session))
    return "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
  const container = link.find(host);
  if (container === undefined)
    return link.named === "" ? "lab: no such service" : `Error: No such container: ${link.named}`;
  const { status, running } = containerNow(host, container);
  if (status === "paused")
    return `Error response from daemon: Container ${link.named} is paused, unpause the container before exec`;
  if (!running) return `Error response from daemon: Container ${container.id} is not running`;
  if (!beside && !hasShell(host, container)) return NO_SHELL;
  return null;
}
const NO_SHELL =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown';

function lifeOf(host: FrozenHost, link: Link): number {
  if (link.kind === "pct") return own(host.pve?.containers ?? {}, link.vmid)?.running?.pid ?? 0;
  const container = link.find(host);
  return container === undefined ? 0 : containerNow(host, container).pid;
}

function openLink(session: Session, link: Link, as: (inside: FrozenHost) => User): Session | undefined {
  if (link.kind === "docker") {
    const container = link.find(session.host);
    return container === undefined ? undefined : enterDocker(session, container.id, as);
  }
  const { vmid } = link;
  const inner = session.enter((node) => containerHost(node, vmid), as);
  return inner?.user.uid === 0 ? { ...inner, power: powerOf(session, vmid) } : inner;
}

/** What a section that waits for its container would be told now; null: nothing holds it up. */
function heldUp(container: FrozenHost, { once }: Inside): string | null {
  if (once === "entered") return null;
  const { booted, clockMs } = container;
  const systemd = container.files["/run/systemd/system"] !== undefined;
  if (systemd && booted !== undefined && clockMs < booted.since + INIT_MS) return "systemd is initializing";
  const routed = booted?.nets.some(
    (net) => net.up && net.gateway !== undefined && addressesAt([net], clockMs).length > 0,
  );
  return once === "networked" && !routed ? "it has no default route" : null;
}
/** How long systemd takes from its start to the basic target. */
const INIT_MS = 1000;

/** Of a container that is stopped, and of one that is not there, word for word the same. */
function connectionRefused(vmid: string): string {
  return ["get_attach_context: 406", "lxc_attach: 1470"]
    .map((place, index) => {
      const what = index === 0 ? "Failed to get init pid" : "Failed to get attach context";
      return `lxc-attach: ${vmid}: ../src/lxc/attach.c: ${place} Connection refused - ${what}`;
    })
    .join("\n");
}

function noEntry(message: string): OpReply & { readonly kind: "failed" } {
  return { kind: "failed", error: { code: "no-entry", message } };
}
