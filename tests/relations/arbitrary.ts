import fc from 'fast-check';
import { isObject, type JsonObject } from '../../relations/json.ts';
import { ALL_KINDS } from '../../relations/kinds.ts';
import { readLists } from '../../relations/lists.ts';
import type { StampIdentity } from '../../relations/stamp.ts';
import { ALL_SETTINGS } from './workloads.ts';

/** What users may write, among it all that clashes with what orcon puts in. */

const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const objectOf = (value: unknown): JsonObject => {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isObject(copy) ? copy : {};
};

const envEntry = fc.oneof(
  fc.record({ name: fc.constantFrom('A', 'DB', 'TENGU_PERMIT', 'TENGU_PERMIT_2'), value: fc.constantFrom('1', '2') }),
  fc.constant({ name: 'B', valueFrom: { configMapKeyRef: { name: 'relations-deployment-web', key: 'DB' } } }),
  fc.constant({ name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }),
);
const source = fc.constantFrom(
  { configMapRef: { name: 'own' } },
  { secretRef: { name: 'own', optional: true } },
  { prefix: 'R_', configMapRef: { name: 'relations-deployment-web', optional: true } },
);

const container = (names: readonly string[]) =>
  fc.record({
    name: fc.constantFrom(...names),
    image: fc.constantFrom('a:1', 'a:2'),
    env: perhaps(fc.uniqueArray(envEntry, { selector: ({ name }) => name, minLength: 1, maxLength: 3 })),
    envFrom: perhaps(fc.array(source, { minLength: 1, maxLength: 2 })),
    resources: perhaps(fc.constantFrom({ limits: { cpu: '1' } }, { requests: { memory: '1Mi' } })),
    securityContext: perhaps(fc.constantFrom({ runAsNonRoot: true }, { runAsUser: 0 })),
  });
const containers = (...names: string[]) =>
  fc.uniqueArray(container(names), { selector: ({ name }) => name, minLength: 1, maxLength: 3 });

/** A pod template as the API server would give it back, without a stamp. */
export const template: fc.Arbitrary<JsonObject> = fc
  .record({
    metadata: fc.record({
      labels: perhaps(fc.constantFrom({ app: 'web' }, { app: 'web', 'tengu.io/consumes': 'sse' })),
      annotations: perhaps(fc.constant({ note: 'x' })),
    }),
    spec: fc.record({
      containers: containers('web', 'side', 'constructor'),
      initContainers: perhaps(containers('init', 'tengu-gate', 'tengu-gate-2')),
      volumes: perhaps(
        fc.constantFrom<unknown[]>(
          [{ name: 'data', emptyDir: {} }],
          [{ name: 'tengu-relations', emptyDir: {} }],
          [{ name: 'v', configMap: { name: 'relations-deployment-web' } }],
        ),
      ),
      securityContext: perhaps(fc.constantFrom({ runAsUser: 0 }, { runAsNonRoot: true })),
      os: perhaps(fc.constant({ name: 'windows' })),
    }),
  })
  .map(objectOf);

const listText = (...entries: string[]) =>
  fc.array(fc.constantFrom(...entries), { minLength: 1, maxLength: 3 }).map((chosen) => chosen.join());

/** Annotations of a consumer, some with faults. */
export const annotations: fc.Arbitrary<JsonObject> = fc.record({
  'tengu.io/consumes': listText('db', 'sse', 'my-db', 'x y', ''),
  'tengu.io/relations': listText('db-endpoint', 'sse-endpoint', 'ä'),
});

export const settings = fc.constantFrom(...ALL_SETTINGS.map(([, each]) => each));
export const kind = fc.constantFrom(...ALL_KINDS);
const salt = fc.stringMatching(/^[a-z0-9]{5}$/);

/** For whom a stamp is made: always the workload `web`. */
export const identity: fc.Arbitrary<StampIdentity> = fc
  .record({ kind, annotations, epoch: fc.nat(20), salt, seal: salt })
  .map(({ annotations: texts, ...rest }) => ({ ...rest, name: 'web', ...readLists(texts) }));
