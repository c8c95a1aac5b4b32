import { wantsColour } from "../report/look.ts";

export function wantsColourOn(stream: NodeJS.WriteStream): boolean {
  return wantsColour(process.env, stream.isTTY ?? false);
}
