import type { Session } from "../session.ts";
import type { Frozen, Internet } from "../world.ts";
import { DEFAULT_POLICY } from "./default-policy.ts";
import type { Tailnet } from "./state.ts";

/** What opens the lab's tailnet. Real ones look otherwise (`tskey-…`): these open nothing else, and may stand in a playbook. */
const LAB_API_KEY = "key-of-the-embedded-lab";
export const LAB_OAUTH_CLIENT = { id: "client-of-the-embedded-lab", secret: "secret-of-the-embedded-lab" } as const;
/** Lets as many nodes join as like to, without being asked again. */
export const LAB_AUTH_KEY = "auth-key-of-the-embedded-lab";

/** A tailnet as it is after signing up: nobody has joined, and everybody may reach everything. */
export function newTailnet(): Tailnet {
  return {
    name: "example.com",
    policy: DEFAULT_POLICY,
    users: {
      "owner@example.com": { role: "owner" },
      "anna@example.com": { role: "admin" },
      "per@example.com": { role: "member" },
    },
    devices: {},
    apiKeys: { [LAB_API_KEY]: { expiresAt: null, scopes: "all" } },
    oauthClients: { [LAB_OAUTH_CLIENT.id]: { secret: LAB_OAUTH_CLIENT.secret, scopes: ["all"], tags: [] } },
    authKeys: {
      [LAB_AUTH_KEY]: {
        id: "k0CNTRL",
        reusable: true,
        ephemeral: false,
        preauthorized: true,
        tags: [],
        expiresAt: Number.MAX_SAFE_INTEGER,
        used: false,
        user: "owner@example.com",
      },
    },
    serial: 0,
  };
}

const fresh = newTailnet();

/** The tailnet that the lab's hosts reach. It comes about with the first change: whoever only looks sees a fresh one. */
export function tailnetOf(session: Pick<Session, "internet">): Frozen<Tailnet> {
  return session.internet.tailnet ?? fresh;
}

/** The same to be changed. */
export function changeTailnet(session: Pick<Session, "changeInternet">): Tailnet {
  const internet: Internet = session.changeInternet();
  internet.tailnet ??= newTailnet();
  return internet.tailnet;
}
