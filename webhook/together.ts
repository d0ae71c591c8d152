export interface Together<T> {
  readonly add: (item: T) => void;
  /** Hands on what has gathered now, before something that takes long. */
  readonly handOn: () => void;
}

/**
 * Gathers what comes up in one turn of the event loop, and hands it on in one go: when the turn ends, or earlier when `most` have
 * gathered.
 */
export function together<T>(most: number, take: (items: readonly T[]) => void): Together<T> {
  let gathered: T[] = [];
  const handOn = () => {
    if (gathered.length === 0) return;
    const items = gathered;
    gathered = [];
    take(items);
  };
  return {
    add: (item) => {
      const count = gathered.push(item);
      if (count === most) handOn();
      else if (count === 1) setImmediate(handOn);
    },
    handOn,
  };
}
