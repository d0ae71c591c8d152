/** How much of requests' bodies is held at a time; bytes and milliseconds. */
export const BUDGET = {
  /** For all bodies beyond `uncounted` together. A review takes several times its size while it is worked on, but one at a time. */
  bytes: 32 * 1024 * 1024,
  /** Bodies up to here are let in as they come: a request that waits holds as much, in the buffer that Node reads it into. */
  uncounted: 64 * 1024,
  /** How long a request waits for its turn, and how long its body may take then: together below the API server's 5 s. */
  waitMs: 2_000,
  bodyMs: 2_000,
  /** Requests that wait at a time; of one connection there can be many. */
  waiting: 1_000,
};

export interface Budget {
  readonly limits: typeof BUDGET;
  /** Bytes that are reserved. */
  readonly reserved: () => number;
  /**
   * Asks for room for `size` bytes, in the order in which it is asked for. Calls `enter` when there is room, which may be at once,
   * or `busy` when there was none in time. A body larger than the whole budget gets in when it is the only one.
   *
   * @returns gives the room back, or the place among those that wait; to be called once
   */
  readonly ask: (size: number, enter: () => void, busy: () => void) => () => void;
}

interface Waiting {
  readonly size: number;
  readonly enter: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Keeps the bodies of requests in flight from taking more memory than there is: anybody in the cluster can connect and send
 * without credentials, and many honest reviews of huge objects can come at the same moment. Who waits is not read from, so that
 * TCP holds the body back at its client.
 */
export function createBudget(changed: Partial<typeof BUDGET> = {}): Budget {
  const limits = { ...BUDGET, ...changed };
  const queue: Waiting[] = [];
  let reserved = 0;

  const fits = (size: number) => reserved === 0 || reserved + size <= limits.bytes;
  const letIn = () => {
    for (let first = queue[0]; first !== undefined && fits(first.size); first = queue[0]) {
      queue.shift();
      clearTimeout(first.timer);
      reserved += first.size;
      first.enter();
    }
  };
  const giveBack = (size: number) => {
    reserved -= size;
    letIn();
  };
  /** Whether it was waiting still. Those behind it may fit where it did not. */
  const leave = (waiting: Waiting): boolean => {
    const place = queue.indexOf(waiting);
    if (place < 0) return false;
    clearTimeout(waiting.timer);
    queue.splice(place, 1);
    letIn();
    return true;
  };

  return {
    limits,
    reserved: () => reserved,
    ask: (size, enter, busy) => {
      if (queue.length === 0 && fits(size)) {
        reserved += size;
        enter();
        return () => giveBack(size);
      }
      if (queue.length >= limits.waiting) {
        busy();
        return () => {};
      }
      let held = 0;
      const late = () => {
        leave(waiting);
        busy();
      };
      const waiting: Waiting = {
        timer: setTimeout(late, limits.waitMs),
        size,
        enter: () => {
          held = size;
          enter();
        },
      };
      queue.push(waiting);
      return () => {
        if (!leave(waiting)) giveBack(held);
      };
    },
  };
}
