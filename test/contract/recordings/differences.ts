/**
 * The recorded commands at which the embedded lab answers otherwise than the real tool did, by the place in the
 * transcript, each with its reason. A reason for a command that matches is an error, and so is a difference without one.
 */
export const differences: Readonly<Record<string, string>> = {
  // pvesm
  "pve/01b-pvesm-net.md:1700":
    "LVM's own complaints about a kernel without device mapper, on which the transcript was made",
};
