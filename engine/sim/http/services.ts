import type { HttpService } from "./service.ts";

/** What answers HTTP in the lab. The first that takes a request for its own answers it. */
export const httpServices: readonly HttpService[] = [];
