import { gunzipSync } from "node:zlib";
import { sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import { own } from "../world.ts";
import { DOCKER_KEY } from "./docker-key.ts";
import type { InternetFile } from "./internet-file.ts";
import { TAILSCALE_KEY } from "./tailscale-key.ts";

/** hello-1.0: a program, a text and a link, packed by GNU tar with fixed times. */
const HELLO_GZ =
  "H4sIAAAAAAACA+3WvQrCMBQF4Mw+RdTVn6S9aWZBwcXFN6gSiVBbaKvPbxpBpeAgmGrlfEvaTElO7m2tybJiKmdizoIRjlbKj0579M+SVERaC2rmpUgoYVyxDpyrOi3dUj6xyefN9YS9579dLZabVbD8tX4j/1gJxXhU2bQ0AReG/J/y3x3z+a/UvySJ+v9C/v6t+/yJWvlHRK7+BfIPbjz0wVd2YPa24CN/A/ihLE68toZn6W40YPC3HvV/+9j+SP/XSqD/fyP/ED9bzXkkrse/zD+K2/0/cVPo/x1YN/lP+MWU1bHIubsIaPcAAAAAAAAAAAAAAAB9dgVTmvH1ACgAAA==";
const HELLO = gunzipSync(Buffer.from(HELLO_GZ, "base64"));

/** Made for this purpose; its secret half was thrown away. */
const PACKAGES_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdA7WLMicLSHupjx7ZF8gwbOhPuEUToyTbieKlw
pr0qk1u0J0V4YW1wbGUgUGFja2FnZXMgPHBhY2thZ2VzQGV4YW1wbGUuY29tPoiQ
BBMWCAA4FiEEzWKDzqSCNfWAmXqDLw7Z6zjU9w8FAmWSAIACGwMFCwkIBwIGFQoJ
CAsCBBYCAwECHgECF4AACgkQLw7Z6zjU9w8+XAEAg2q4j7o/ewBi2HZMXT+Rwlbu
ro1pNy7vfeo5c2SzmaoBAPG+jesFh6gRmXWb7RXmB7wBsa19n5kpQjC56Ea8j18L
=pLO6
-----END PGP PUBLIC KEY BLOCK-----
`;

const DOWNLOADS = "https://downloads.example.com";
const CATALOGUE: Readonly<Record<string, InternetFile>> = {
  [`${DOWNLOADS}/hello-1.0.tar`]: { content: HELLO.toString("base64"), encoding: "base64" },
  [`${DOWNLOADS}/hello-1.0.tar.gz`]: { content: HELLO_GZ, encoding: "base64" },
  [`${DOWNLOADS}/latest.tar`]: { content: "", redirect: `${DOWNLOADS}/hello-1.0.tar` },
  [`${DOWNLOADS}/motd.txt`]: { content: "This text comes from elsewhere.\n" },
  [`${DOWNLOADS}/SHA256SUMS`]: {
    content: `${sha256(HELLO)}  hello-1.0.tar\n${sha256(Buffer.from(HELLO_GZ, "base64"))}  hello-1.0.tar.gz\n`,
  },
  [`${DOWNLOADS}/version.json`]: { content: '{"name":"hello","version":"1.0","stable":true}\n' },
  "https://packages.example.com/key.asc": { content: PACKAGES_KEY },
  "https://download.docker.com/linux/debian/gpg": { content: DOCKER_KEY },
  "https://pkgs.tailscale.com/stable/debian/bookworm.noarmor.gpg": { content: TAILSCALE_KEY, encoding: "base64" },
};

/** A file of the lab's internet: what a test put there, else what is always there. */
export function internetFile(session: Pick<Session, "internet">, url: string): InternetFile | undefined {
  return own(session.internet.files ?? {}, url) ?? own(CATALOGUE, url);
}
export function internetBytes({ content, encoding }: InternetFile): Uint8Array {
  return Buffer.from(content, encoding ?? "utf8");
}

/** Whether the lab knows a server of this name, so that what is not there is certainly not there. */
export function knowsServer(session: Pick<Session, "internet">, url: URL): boolean {
  return [...Object.keys(CATALOGUE), ...Object.keys(session.internet.files ?? {})].some(
    (each) => new URL(each).host === url.host,
  );
}
