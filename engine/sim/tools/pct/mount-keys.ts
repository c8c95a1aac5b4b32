/** `rootfs` and every `mpN`: what a command about one mount takes. */
export const MOUNT_KEYS: readonly string[] = ["rootfs", ...Array.from({ length: 256 }, (_, index) => `mp${index}`)];
