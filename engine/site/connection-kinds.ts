/** The ways to a host that this version has, by the names that sites give them. */
export const connectionKinds = ["ssh", "local", "pct", "docker", "lab"] as const;
