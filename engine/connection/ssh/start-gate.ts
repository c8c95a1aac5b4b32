/** Lets so many at a time through to each address; the others wait in the order in which they came. */
export interface Gate {
  through<T>(address: string, work: () => Promise<T>): Promise<T>;
}

/**
 * For connections on which nobody has logged in yet. sshd turns such away at random once there are ten of them (MaxStartups
 * 10:30:100), and two are left to others.
 */
export function startGate(most = 8): Gate {
  const places = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();
  return {
    async through(address, work) {
      const place = places.get(address) ?? { inside: 0, waiting: [] };
      places.set(address, place);
      if (place.inside < most) place.inside += 1;
      else await new Promise<void>((resolve) => place.waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = place.waiting.shift();
        // The place is handed on, so that nobody who comes just now gets in between.
        if (next) next();
        else if (place.inside === 1) places.delete(address);
        else place.inside -= 1;
      }
    },
  };
}
