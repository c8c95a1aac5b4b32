import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./sshd.ts";

/** A real Syncthing with a home, a port and a user of its own. */
export interface SyncthingNode {
  readonly home: string;
  readonly data: string;
  readonly id: string;
  readonly key: string;
  readonly url: string;
  /** Where other nodes reach it. */
  readonly address: string;
  ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: string }>;
  get(path: string): Promise<unknown>;
  startTime(): Promise<string>;
  stop(): Promise<void>;
}

/** Nobody in particular: the point is that it is not root. */
const UID = 65_534;

/** One whose home somebody else has prepared: started as its unit does it, it has to answer at the address in its settings. */
export async function startPrepared(
  home: string,
  as: { readonly uid: number; readonly gid: number },
): Promise<SyncthingNode> {
  const file = join(home, "config.xml");
  const setting = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const [gui, address] = [setting("address"), setting("listenAddress")];
  const words = ["-c", 'umask 0007; exec syncthing serve --no-browser --no-restart --home="$1"', "sh", home];
  const child = spawn("sh", words, {
    ...as,
    env: { HOME: home, PATH: process.env.PATH ?? "" },
    stdio: "ignore",
  });
  for (let tries = 0; setting("apikey") === "" && tries < 300; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return running({ home, data: "", url: `http://${gui}`, address, key: setting("apikey") }, child);
}

export async function startNode(base: string, name: string): Promise<SyncthingNode> {
  const [home, data] = [join(base, name, "home"), join(base, name, "data")];
  for (const folder of [join(base, name), home, data]) {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, UID, UID);
  }
  const [gui, sync] = [await freePort(), await freePort()];
  const as = { uid: UID, gid: UID, env: { HOME: join(base, name), PATH: process.env.PATH ?? "" } };
  execFileSync("syncthing", ["generate", "--home", home, "--no-default-folder"], { ...as, stdio: "ignore" });
  const file = join(home, "config.xml");
  const config = readFileSync(file, "utf8")
    .replace("127.0.0.1:8384", `127.0.0.1:${gui}`)
    .replace("<listenAddress>default<", `<listenAddress>tcp://127.0.0.1:${sync}<`)
    .replace(/<(globalAnnounce|localAnnounce|relays|nat|crashReporting)Enabled>true/g, "<$1Enabled>false");
  writeFileSync(file, config);
  const child = spawn("syncthing", ["serve", "--home", home, "--no-browser"], { ...as, stdio: "ignore" });
  const key = /<apikey>([^<]+)</.exec(config)?.[1] ?? "";
  return running({ home, data, url: `http://127.0.0.1:${gui}`, address: `tcp://127.0.0.1:${sync}`, key }, child);
}

type Known = Pick<SyncthingNode, "home" | "data" | "url" | "address" | "key">;
async function running(known: Known, child: ChildProcess): Promise<SyncthingNode> {
  const { url, key } = known;
  const once: SyncthingNode["ask"] = async (method, path, body) => {
    const answer = await fetch(`${url}/rest/${path}`, {
      method,
      headers: { "X-API-Key": key },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.text() };
  };
  // After a change of its interface's settings a node listens anew: for some moments nobody is there.
  const ask: SyncthingNode["ask"] = async (...request) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(...request);
      } catch (error) {
        if (!(error instanceof TypeError) || attempt === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const get: SyncthingNode["get"] = async (path) => JSON.parse((await ask("GET", path)).body);
  const status = (await get("system/status")) as { readonly myID: string };
  return {
    ...known,
    id: status.myID,
    ask,
    get,
    startTime: async () => ((await get("system/status")) as { readonly startTime: string }).startTime,
    stop: () =>
      new Promise((resolve) => {
        child.on("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}
