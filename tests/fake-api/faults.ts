import type { Verb } from '../../controller/kube/api-path.ts';

/** Requests that something is to happen to; a field that is left out fits all. */
export interface RequestFilter {
  readonly verb?: Verb;
  /** `deployments.apps`, `services`. */
  readonly resource?: string;
  /** Of the object. */
  readonly name?: string;
}

export type FaultKind =
  /** Refused, with a `Status`; `retryAfter` in seconds becomes the header, `text` takes the place of the Status. */
  | { readonly answer: number; readonly retryAfter?: number; readonly continueToken?: string; readonly text?: string }
  /** The connection is cut off. `afterWork`: the request takes effect, its answer is lost. */
  | { readonly reset: 'beforeWork' | 'afterWork' }
  /** Nothing happens until `release`; then the request goes on as usual. */
  | { readonly stall: true }
  /** An answer with status 200 that the API server would not give. */
  | { readonly text: string };

export interface Fault {
  /** How many requests it has met. */
  readonly met: number;
  /** Ends it. Requests that it stalls go on. */
  release(): void;
}

interface ActiveFault {
  readonly kind: FaultKind;
  readonly fits: (request: RequestFilter) => boolean;
  readonly released: Promise<void>;
  left: number;
  met: number;
}

/** What goes wrong at the fake API server, for which requests and how often. */
export class Faults {
  readonly #active = new Set<ActiveFault>();

  /** @param times how many requests it meets; all until `release` when not given */
  add(filter: RequestFilter, kind: FaultKind, times = Number.POSITIVE_INFINITY): Fault {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fits = (request: RequestFilter) =>
      (filter.verb ?? request.verb) === request.verb &&
      (filter.resource ?? request.resource) === request.resource &&
      (filter.name ?? request.name) === request.name;
    const fault: ActiveFault = { kind, fits, released: promise, left: times, met: 0 };
    this.#active.add(fault);
    return {
      get met() {
        return fault.met;
      },
      release: () => {
        this.#active.delete(fault);
        resolve();
      },
    };
  }

  /** Nothing goes wrong any more; what is stalled stays so. */
  clear(): void {
    this.#active.clear();
  }

  /** The fault that the request meets, counted as met. */
  take(request: RequestFilter): { readonly kind: FaultKind; readonly released: Promise<void> } | undefined {
    for (const fault of this.#active) {
      if (fault.left <= 0 || !fault.fits(request)) continue;
      fault.left -= 1;
      fault.met += 1;
      return fault;
    }
    return undefined;
  }
}
