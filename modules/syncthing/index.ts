import { defineModule } from "../../engine/module/index.ts";
import { folderLooks, markerLooks } from "./folders.ts";
import { params } from "./params.ts";
import { planFor, restartVerb, type Seen } from "./plan.ts";
import { statusOf, versionOf } from "./rest.ts";
import { ask, configLooks, serverLooks, serverOf } from "./server.ts";

export const syncthing = defineModule({
  name: "syncthing",
  summary: "Settings, devices and folders of a Syncthing, over its own API.",
  description: `Asked and changed is the API of the Syncthing on the task's host or in its container, with the key from its \`config.xml\`; \`curl\`
must be there. What is not named is left alone, and so are fields that are not named: a request holds what differs and no more. Syncthing
accepts fields that it does not know and forgets them; here they are refused before anything is sent.

A folder that is there and has lost its marker (\`.stfolder\`) fails the task: most likely the dataset that belongs there is not mounted,
and the marker is what keeps Syncthing from taking that for "everything was deleted". Only a folder that is new gets one, from
Syncthing. Removing a folder (\`exact\`) leaves its files alone.

Passwords are compared with the hash that Syncthing keeps. It is restarted only if it asks for that. The result has \`device_id\`,
\`version\` and \`url\`.`,
  params,
  probes: (given) => ({ ...configLooks(given), ...markerLooks(given) }),
  probesAfter(given, seen) {
    const server = serverOf(given, seen);
    if ("kind" in server) return {};
    return {
      ...serverLooks(server),
      ...folderLooks(server, given),
      connections: given.wait === "connected" ? ask(server, "system/connections") : undefined,
    };
  },
  plan: (given, seen) => planFor(given, seen),
  settle: ({ wait, wait_timeout }) => ({ forMs: wait === "none" ? 20_000 : wait_timeout * 1000, holdMs: 0 }),
  verb: (given, seen) => restartVerb(given, seen),
  result(given, observed) {
    const seen: Seen = observed;
    const server = serverOf(given, seen);
    return {
      device_id: statusOf(seen.status)?.myID ?? null,
      version: seen.version === undefined ? null : versionOf(seen.version),
      url: "kind" in server ? null : server.url,
    };
  },
  examples: [
    `syncthing:
  home: /var/lib/syncthing
  options: { globalAnnounceEnabled: false, relaysEnabled: false, urAccepted: -1 }
  devices:
    - { name: phone, id: P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2 }
  folders:
    - { id: photos, path: /srv/photos, type: receiveonly, devices: [phone], ignore_perms: true }`,
    `syncthing:
  home: /home/anna
  gui: { address: "127.0.0.1:8385", user: anna, password: correct-horse-battery-staple }
  folders:
    - id: notes
      path: /home/anna/notes
      ignores: ["// what editors leave behind", "*.swp"]
      versioning: { type: staggered, params: { maxAge: 31536000 } }`,
    "syncthing: { url: http://127.0.0.1:8384, api_key: the-key-of-a-published-port, options: { urAccepted: -1 }, folders: [], exact: true }",
  ],
});
