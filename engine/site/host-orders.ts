/** In which order a play takes its hosts. */
export const hostOrders = ["inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle"] as const;

export type HostOrder = (typeof hostOrders)[number];
