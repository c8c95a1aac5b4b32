import { answerTailnet } from "../tailnet/answer-tailnet.ts";
import { changeTailnet, tailnetOf } from "../tailnet/new-tailnet.ts";
import type { HttpService } from "./service.ts";

/** api.tailscale.com, with one tailnet behind it. */
export const tailscaleApi: HttpService = {
  name: "Tailscale's API",
  rests: "documented",
  answer(session, request) {
    if (request.url.hostname !== "api.tailscale.com") return null;
    return answerTailnet(
      { tailnet: tailnetOf(session), change: () => changeTailnet(session), nowMs: session.host.clockMs },
      request,
    );
  },
};
