import type { Refusal, Step } from "../../engine/module/index.ts";
import { refuse, write } from "../../engine/module/index.ts";
import type { Dataset } from "./look.ts";
import type { Params } from "./params.ts";
import { typeOf } from "./params.ts";

/** Where a file system is mounted, and whether zfs does so by itself. */
export interface Mounting {
  readonly mountpoint: string;
  readonly canmount: string;
}

/** A command that fails: it is mounted, or is not, as it was to become. Whether it did is looked at afterwards. */
const ALREADY = [0, 1];

/** Whether it shall be mounted: as the task says, or because it names where. Undefined: left as it is. */
export function mountedWanted(given: Params, { mountpoint, canmount }: Mounting): boolean | undefined | Refusal {
  if (typeOf(given) === "volume") return undefined;
  const possible = mountpoint.startsWith("/") && canmount !== "off";
  if (given.mounted === true && !possible) {
    const why = canmount === "off" ? "its canmount is off" : `its mountpoint is ${mountpoint}`;
    return refuse(`${given.name} cannot be mounted: ${why}`, "name mountpoint and canmount under properties");
  }
  if (given.mounted !== undefined) return given.mounted;
  const named = Object.hasOwn(given.properties, "mountpoint") || Object.hasOwn(given.properties, "canmount");
  return named && possible && canmount === "on" ? true : undefined;
}

export function mountingOf(dataset: Dataset): Mounting {
  const value = (name: string, otherwise: string) => dataset.property(name)?.value ?? otherwise;
  return { mountpoint: value("mountpoint", "none"), canmount: value("canmount", "on") };
}

/**
 * What is left to do behind `zfs set`. That one mounts by itself where the mountpoint changes and canmount is on, but not
 * when canmount alone becomes on; so what it will have done is worked out first.
 */
export function mountStep(
  { name }: Params,
  is: Mounting & { readonly mounted: boolean },
  shall: Mounting & { readonly mounted: boolean | undefined },
): Step | null {
  if (shall.mounted === undefined) return null;
  const moved = shall.mountpoint !== is.mountpoint;
  const possible = shall.mountpoint.startsWith("/") && shall.canmount !== "off";
  const then = possible && (is.mounted || (moved && shall.canmount === "on"));
  // What was not mounted before, some releases leave so; and with canmount changed too they differ.
  const sure = !moved || (shall.canmount === is.canmount && (is.mounted || !is.mountpoint.startsWith("/")));
  if (then === shall.mounted && (sure || !shall.mounted)) return null;
  const touches = [`zfs:${name}`, shall.mountpoint, is.mountpoint, "/proc"].filter((each) => /^[/z]/.test(each));
  return write.exec(["zfs", shall.mounted ? "mount" : "unmount", name], {
    touches,
    ...(!sure && { okCodes: ALREADY }),
  });
}
