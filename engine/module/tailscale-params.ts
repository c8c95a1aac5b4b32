import { z } from "zod";
import { isNetwork, networkOf, parseCidr, printCidr } from "../formats/cidr.ts";

/** A network that a node of a tailnet routes to, in its one spelling. */
export const tailscaleRoute = z
  .string({ error: "expected a network such as 192.168.1.0/24" })
  .max(60, { error: "expected a network such as 192.168.1.0/24" })
  .superRefine((text, context) => {
    const cidr = text.includes("/") ? parseCidr(text) : null;
    const wrong = (message: string) => context.addIssue({ code: "custom", message });
    if (cidr === null) return wrong("expected a network such as 192.168.1.0/24 or 2001:db8::/64");
    if (cidr.prefix === 0)
      return wrong("all of the internet is no route but an exit node, which has a parameter of its own");
    if (!isNetwork(cidr)) wrong(`${text} names an address, not its network: write ${printCidr(networkOf(cidr))}`);
  })
  .transform((text) => {
    const cidr = parseCidr(text);
    return cidr === null ? text : printCidr(cidr);
  });

/** A tag of a tailnet's policy. */
export const tailscaleTag = z.string().regex(/^tag:[A-Za-z][A-Za-z0-9-]{0,61}$/, {
  error: "expected a tag such as tag:subnet-router: letters, digits and dashes, a letter first",
});
