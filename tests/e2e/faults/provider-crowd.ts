/** 200 Services that come, change and go at random, and what each of them said over time. */
import type { V1Service } from '@kubernetes/client-node';
import { PROVIDES } from '../../../relations/vocabulary.ts';
import type { TestNamespace } from '../harness/namespace.ts';
import { provided, type Variables } from './asked-for.ts';

/** How often a Service that is there goes away, rather than change. */
const GOES = 0.5;

/** Numbers below 1 that look random, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class ProviderCrowd {
  /** How often each Service was created, changed or deleted. */
  readonly changes = new Map<string, number>();
  /** All that each Service ever provided. */
  readonly history = new Map<string, Variables[]>();
  readonly names: readonly string[];
  readonly #ns: TestNamespace;
  readonly #random: () => number;
  readonly #present = new Set<string>();
  readonly #busy = new Set<string>();

  constructor(ns: TestNamespace, count: number, random: () => number) {
    this.#ns = ns;
    this.#random = random;
    this.names = Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? 'sse' : 'db'}-${index}`);
  }

  /** Creates, changes or deletes one of them; each is dealt with by one request at a time. */
  async change(): Promise<void> {
    const idle = this.names.filter((name) => !this.#busy.has(name));
    const name = idle[Math.floor(this.#random() * idle.length)];
    if (name === undefined) return;
    this.#busy.add(name);
    const count = (this.changes.get(name) ?? 0) + 1;
    this.changes.set(name, count);
    try {
      if (this.#present.has(name) && this.#random() < GOES) {
        await this.#ns.remove('Service', name);
        this.#present.delete(name);
      } else await this.#provide(service(name, count));
    } finally {
      this.#busy.delete(name);
    }
  }

  async #provide(object: V1Service): Promise<void> {
    const name = object.metadata?.name ?? '';
    this.history.set(name, [...(this.history.get(name) ?? []), provided(object, this.#ns.name)]);
    if (this.#present.has(name)) await this.#ns.merge('Service', name, { spec: object.spec });
    else await this.#ns.create(object);
    this.#present.add(name);
  }
}

/** What a Service looks like after so many changes: another port for an `sse`, another host for a `db`. */
function service(name: string, version: number): V1Service {
  const isSse = name.startsWith('sse');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { [PROVIDES]: isSse ? 'sse' : 'db' } },
    spec: isSse ? { ports: [{ port: 1000 + version }] } : { type: 'ExternalName', externalName: `${name}-${version}.example` },
  };
}
