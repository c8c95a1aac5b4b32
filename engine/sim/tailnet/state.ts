/**
 * A tailnet as Tailscale's API shows it: plain data. The embedded lab answers from it, and so does the HTTP server that
 * the tests run the real transport against.
 */
export interface Tailnet {
  /** The organisation: `example.com`. */
  name: string;
  /** The policy file as it was stored, HuJSON with its comments. Its ETag is a hash of it. */
  policy: string;
  /** Logins and their roles: tests name them, groups hold them. */
  users: Record<string, { role: "owner" | "admin" | "member" }>;
  /** By node id (`n123CNTRL`). */
  devices: Record<string, TailnetDevice>;
  /** API keys by their text; null: it does not expire. Milliseconds since the epoch. */
  apiKeys: Record<string, { expiresAt: number | null; scopes: readonly string[] | "all" }>;
  /** OAuth clients by id. */
  oauthClients: Record<string, { secret: string; scopes: readonly string[]; tags: readonly string[] }>;
  /** Keys that let nodes join, by their text. */
  authKeys: Record<string, TailnetAuthKey>;
  /** New devices wait for an admin, unless they join with a pre-approved key. */
  deviceApproval?: boolean;
  /** Grows with each thing that is made, so that names are unique and the same each time. */
  serial: number;
}
export interface TailnetDevice {
  nodeId: string;
  /** The older numeric id, which the API still takes. */
  id: string;
  hostname: string;
  /** Full name in the tailnet's DNS. */
  name: string;
  /** The login of its owner; a tagged device belongs to nobody. */
  user: string;
  tags: readonly string[];
  authorized: boolean;
  keyExpiryDisabled: boolean;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  addresses: readonly string[];
  advertisedRoutes: readonly string[];
  enabledRoutes: readonly string[];
  /** The key of the machine: a node that comes back with it is the same device. */
  nodeKey: string;
}
export interface TailnetAuthKey {
  id: string;
  reusable: boolean;
  ephemeral: boolean;
  preauthorized: boolean;
  tags: readonly string[];
  expiresAt: number;
  /** A key for one use, once it was used. */
  used: boolean;
  /** Who made it: its devices are theirs unless they are tagged. */
  user: string;
}
