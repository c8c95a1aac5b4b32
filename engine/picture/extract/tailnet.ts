import { fact, facts, textOf, wordsOf } from "../fields.ts";
import type { Extractor } from "./extractor.ts";

const tailnet = { id: "tailnet", kind: "tailnet" as const, name: "tailnet", home: null };

/** `tailscale`: a member of the tailnet. */
export const member: Extractor = ({ sketch, host, fields, origin }) => {
  if (fields.state === "absent") return;
  sketch.attach(host, tailnet);
  sketch.sayOfNetwork(tailnet, [], origin);
  sketch.origin(host, origin);
  const routes = wordsOf(fields.advertise_routes);
  const tags = [...wordsOf(fields.advertise_tags), ...wordsOf(fields.tags)];
  sketch.say(
    host,
    facts(
      routes.length > 0 && `routes ${routes.join(", ")}`,
      fields.advertise_exit_node === true && "exit node",
      tags.join(" "),
      fact(wordsOf(fields.ips)[0], "tailnet "),
    ),
  );
};

/** `tailscale_acl`: who may reach what is said there. */
export const policy: Extractor = ({ sketch, origin }) => {
  sketch.sayOfNetwork(tailnet, ["policy"], origin);
};

/** `tailnet_fragment`: this host has a part in the policy. */
export const fragment: Extractor = ({ sketch, host, fields, origin }) => {
  sketch.sayOfNetwork(tailnet, [], origin);
  const owners = fields.tagOwners;
  const tags = typeof owners === "object" && owners !== null ? Object.keys(owners) : [];
  const said = facts(tags.join(" "), textOf(fields.hostname));
  if (said.length > 0) sketch.say(host, [said.join(" ")]);
};
