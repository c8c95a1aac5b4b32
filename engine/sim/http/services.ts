import { downloads } from "./downloads.ts";
import { gluetun } from "./gluetun.ts";
import { portainer } from "./portainer.ts";
import type { HttpService } from "./service.ts";
import { syncthingApi } from "./syncthing.ts";
import { tailscaleApi } from "./tailscale-api.ts";

/** What answers HTTP in the lab. The first that takes a request for its own answers it. */
export const httpServices: readonly HttpService[] = [downloads, gluetun, portainer, syncthingApi, tailscaleApi];
