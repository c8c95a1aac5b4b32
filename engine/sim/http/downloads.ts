import { internetBytes, internetFile, knowsServer } from "../internet/files.ts";
import { type HttpService, text } from "./service.ts";

/** Servers of the internet that hold files. */
export const downloads: HttpService = {
  name: "downloads",
  rests: "assumed",
  answer(session, { method, url, headers }) {
    const file = internetFile(session, url.href);
    if (file === undefined) return knowsServer(session, url) ? text(404, "Not Found\n") : null;
    if (method !== "GET" && method !== "HEAD") return text(405, "Method Not Allowed\n");
    if (file.redirect !== undefined) return text(302, "", { location: file.redirect });
    if (file.authorization !== undefined && headers.authorization !== file.authorization)
      return text(401, "Unauthorized\n");
    const bytes = internetBytes(file);
    const type = url.pathname.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8";
    const body = method === "HEAD" ? "" : Buffer.from(bytes).toString("utf8");
    return text(200, body, { "content-length": String(bytes.length), "content-type": type });
  },
};
