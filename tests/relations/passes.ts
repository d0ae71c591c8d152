import { expect } from '@jest/globals';
import { type Content, EMPTY, renderConfigMap, sameContent, viewConfigMap } from '../../relations/configmap.ts';
import { type Lists, readLists } from '../../relations/lists.ts';
import { type Plan, plan } from '../../relations/plan.ts';
import { permitOf, type StampRecord } from '../../relations/record.ts';
import { resolve } from '../../relations/resolve.ts';
import { finder, serviceView, type WantedService } from './services.ts';
import { NAMESPACE } from './workloads.ts';

/** Passes of the controller over one workload, without a cluster. */

export const NOON = '2026-03-01T12:00:00Z';
export const LATER = '2026-03-01T13:00:00Z';

/** The record of a Deployment that consumes `db` of `db-endpoint`. */
export function recordWith(change: Partial<StampRecord> = {}, consumes = 'db', relations = 'db-endpoint'): StampRecord {
  const lists: Lists = readLists({ 'tengu.io/consumes': consumes, 'tengu.io/relations': relations });
  return {
    kind: 'Deployment',
    name: 'web',
    ...lists,
    epoch: 0,
    salt: 'aaaaa',
    seal: 'aaaaa',
    gate: '',
    put: {
      configMap: 'relations-deployment-web',
      label: 'deployment.web',
      gates: [],
      volume: undefined,
      init: [],
      app: [],
      permits: {},
    },
    ...change,
  };
}

/** The Services of a namespace, by name. */
export interface Services {
  readonly [name: string]: WantedService;
}

/** A Service that provides `db` at a host. */
export const dbAt = (host: string, more: WantedService = {}): WantedService => ({ provides: 'db', externalName: host, ...more });

/** One pass: what is resolved from the Services, and what the ConfigMap should say after it said `before`. */
export function pass(
  record: StampRecord,
  services: Services,
  before?: Content,
  { waiting = [], now = NOON }: { waiting?: readonly string[]; now?: string } = {},
): Plan {
  const views = Object.entries(services).map(([name, wanted]) => serviceView(name, wanted));
  return plan({ record, resolution: resolve(record, NAMESPACE, finder(views)), before, waiting, now });
}

/** The content as it comes back from the cluster: written and read. */
export function stored(content: Content): Content {
  const { kind, name } = recordWith();
  const view = viewConfigMap(renderConfigMap({ kind, namespace: NAMESPACE, name, uid: 'u' }, content));
  if (view === undefined) throw new Error('a ConfigMap that we wrote is not ours');
  return view;
}

/** The values that a content has, as an object. */
export const valuesOf = (content: Content) => Object.fromEntries(content.values);

/** A record that the workload has at the start, and the permit that it names. */
export const RECORD = recordWith();
export const MINE = permitOf(RECORD);
export const permit = (epoch: number, seal: string = RECORD.seal): string => permitOf({ epoch, seal });

/** The provider of that workload, and the same with another value. */
export const DB: Services = { 'db-endpoint': dbAt('h1') };
export const OTHER_HOST: Services = { 'db-endpoint': dbAt('h2') };

/** What the ConfigMap says after a pass over each of these states. */
export const contentAfter = (record: StampRecord, ...states: readonly Services[]): Content =>
  states.reduce<Content>((before, services) => stored(pass(record, services, before).content), EMPTY);

/** Expects that a second pass with nothing new has nothing to write. */
export function expectSettled(record: StampRecord, services: Services, { content }: Plan): void {
  const again = pass(record, services, stored(content), { now: LATER });
  expect(sameContent(stored(content), again.content)).toBe(true);
  expect(again.gives).toEqual([]);
}
