/** Folders that may hold a batch's scratch, best first: on tmpfs where there is one. `$XDG_RUNTIME_DIR` stands for that variable. */
export const scratchCandidates: readonly string[] = ["/run/lab", "$XDG_RUNTIME_DIR", "/dev/shm", "/tmp"];
