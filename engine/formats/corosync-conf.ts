/** What of `/etc/pve/corosync.conf` tells who is in a cluster. */
export interface CorosyncConf {
  readonly cluster: string;
  readonly version: number;
  readonly nodes: readonly CorosyncNode[];
  /** A device that lends a vote to one side, where there is one, by the address of its server. */
  readonly qdevice: { readonly host: string } | null;
}
export interface CorosyncNode {
  readonly name: string;
  readonly id: number;
  /** Addresses by the number of their link. */
  readonly links: ReadonlyMap<number, string>;
}

/** Null: this is not the configuration of a cluster. */
export function parseCorosyncConf(text: string): CorosyncConf | null {
  const nodes: CorosyncNode[] = [];
  const path: string[] = [];
  let node: Map<string, string> = new Map();
  let cluster: string | undefined;
  let version = 0;
  let qdevice: { readonly host: string } | null = null;
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const opened = /^([\w-]+)\s*\{$/.exec(line)?.[1];
    const place = path.join(".");
    if (opened !== undefined) {
      path.push(opened);
      if (path.join(".") === "nodelist.node") node = new Map();
      if (path.join(".") === "quorum.device") qdevice = { host: "" };
    } else if (line === "}") {
      if (place === "nodelist.node") nodes.push(nodeOf(node));
      path.pop();
    } else {
      const [, key = "", value = ""] = /^([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
      if (place === "nodelist.node") node.set(key, value);
      else if (place === "quorum.device.net" && key === "host") qdevice = { host: value };
      else if (place === "totem" && key === "cluster_name") cluster = value;
      else if (place === "totem" && key === "config_version") version = Number(value);
    }
  }
  return cluster === undefined ? null : { cluster, version, nodes, qdevice };
}

function nodeOf(options: ReadonlyMap<string, string>): CorosyncNode {
  const links = new Map(
    [...options].flatMap(([key, value]): readonly (readonly [number, string])[] => {
      const link = /^ring(\d)_addr$/.exec(key)?.[1];
      return link === undefined ? [] : [[Number(link), value]];
    }),
  );
  return { name: options.get("name") ?? "", id: Number(options.get("nodeid") ?? 0), links };
}

/** As `pvecm create` writes it. */
export function printCorosyncConf({ cluster, version, nodes, qdevice }: CorosyncConf): string {
  const members = nodes.map(({ name, id, links }) => {
    const rings = [...links].map(([link, address]) => `    ring${link}_addr: ${address}\n`);
    return `  node {\n    name: ${name}\n    nodeid: ${id}\n    quorum_votes: 1\n${rings.join("")}  }\n`;
  });
  const links = [...new Set(nodes.flatMap((node) => [...node.links.keys()]))].sort();
  const interfaces = links.map((link) => `  interface {\n    linknumber: ${link}\n  }\n`).join("");
  const device =
    qdevice === null
      ? ""
      : `  device {
    model: net
    net {
      algorithm: ffsplit
      host: ${qdevice.host}
      tls: on
    }
    votes: 1
  }
`;
  return `logging {
  debug: off
  to_syslog: yes
}

nodelist {
${members.join("")}}

quorum {
${device}  provider: corosync_votequorum
}

totem {
  cluster_name: ${cluster}
  config_version: ${version}
${interfaces}  ip_version: ipv4-6
  link_mode: passive
  secauth: on
  version: 2
}

`;
}
