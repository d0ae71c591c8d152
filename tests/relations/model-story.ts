import fc from 'fast-check';
import { type JsonObject, objectAt } from '../../relations/json.ts';
import { KINDS, type Kind } from '../../relations/kinds.ts';
import type { ServiceView } from '../../relations/service.ts';
import { STAMP } from '../../relations/vocabulary.ts';
import { defaulted, podTemplate, withMetadata } from './api-server.ts';
import { applied } from './merges.ts';
import type { ModelCluster, Webhook } from './model-cluster.ts';
import { serviceView } from './services.ts';
import { templateWith, workload } from './workloads.ts';

/** What may happen to a workload and its Services, in any order. */

type Way = 'apply' | 'replace';
export type Step =
  | {
      readonly step: 'service';
      readonly name: string;
      readonly provides: string;
      readonly version: number;
      readonly user: string;
    }
  | { readonly step: 'no service'; readonly name: string }
  | { readonly step: 'image'; readonly version: number; readonly way: Way; readonly webhook: Webhook }
  | {
      readonly step: 'relations';
      readonly consumes: string;
      readonly relations: string;
      readonly way: Way;
      readonly webhook: Webhook;
    }
  | { readonly step: 'same again'; readonly way: Way }
  | { readonly step: 'label'; readonly value: string }
  | { readonly step: 'undo'; readonly to: number }
  | { readonly step: 'recreate'; readonly exported: boolean }
  | { readonly step: 'pass'; readonly crash: boolean; readonly meanwhile: Step | undefined };

const services = ['db-a', 'db-b', 'sse-a'];
const way = fc.constantFrom<Way>('apply', 'replace');
const webhook = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Webhook>('there') },
  { weight: 1, arbitrary: fc.constant<Webhook>('away') },
);
const small = fc.integer({ min: 1, max: 3 });

const edits: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ step: fc.constant('image' as const), version: small, way, webhook }),
  fc.record({
    step: fc.constant('relations' as const),
    consumes: fc.constantFrom('db', 'db,sse', 'sse', '', 'x y'),
    relations: fc.constantFrom('db-a', 'db-b', 'db-a,sse-a', 'db-b,sse-a', 'db-a,db-b', ''),
    way,
    webhook,
  }),
  fc.record({ step: fc.constant('same again' as const), way }),
  fc.record({ step: fc.constant('label' as const), value: fc.constantFrom('a', 'b') }),
  fc.record({ step: fc.constant('undo' as const), to: fc.nat(4) }),
);
const provided: fc.Arbitrary<Step> = fc.record({
  step: fc.constant('service' as const),
  name: fc.constantFrom(...services),
  provides: fc.constantFrom('db', 'db', 'sse', ''),
  version: small,
  user: fc.constantFrom('', 'u1', 'u2'),
});
const passes: fc.Arbitrary<Step> = fc.record({
  step: fc.constant('pass' as const),
  crash: fc.boolean(),
  meanwhile: fc.option(edits, { nil: undefined, freq: 4 }),
});

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: provided },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('no service' as const), name: fc.constantFrom(...services) }) },
    { weight: 3, arbitrary: edits },
    { weight: 5, arbitrary: passes },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('recreate' as const), exported: fc.boolean() }) },
  ),
  { maxLength: 30, size: 'max' },
);

/** The user's side: the manifest as last written, and how it gets to the cluster. */
export class Author {
  readonly #kind: Kind;
  #image = 'web:0';
  #annotations: JsonObject = { 'tengu.io/consumes': 'db', 'tengu.io/relations': 'db-a' };
  /** The manifest that was sent last. */
  #last: JsonObject;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.#last = this.manifest;
  }

  get manifest(): JsonObject {
    const template = templateWith([{ name: 'web', image: this.#image, envFrom: [{ configMapRef: { name: 'own' } }] }]);
    return workload({ kind: this.#kind, template, annotations: this.#annotations });
  }

  /** Does one step to the cluster; a pass is not the user's. */
  act(cluster: ModelCluster, step: Step): void {
    switch (step.step) {
      case 'service':
        cluster.setService(step.name, told(step));
        break;
      case 'no service':
        cluster.setService(step.name, undefined);
        break;
      case 'image':
        this.#image = `web:${step.version}`;
        this.#send(cluster, step.way, step.webhook);
        break;
      case 'relations':
        this.#annotations = annotationsOf(step);
        this.#send(cluster, step.way, step.webhook);
        break;
      case 'same again':
        this.#send(cluster, step.way, 'there');
        break;
      case 'label':
        cluster.update(withLabel(cluster.workload, step.value));
        break;
      case 'undo':
        cluster.undo(step.to);
        break;
      case 'recreate':
        cluster.recreate(step.exported ? exported(cluster.workload, this.#kind) : this.manifest);
        break;
      case 'pass':
        this.#watchPass(cluster, step.crash, step.meanwhile);
    }
  }

  #watchPass(cluster: ModelCluster, crash: boolean, meanwhile: Step | undefined): void {
    cluster.pass({ crash, meanwhile: meanwhile === undefined ? undefined : () => this.act(cluster, meanwhile) });
  }

  #send(cluster: ModelCluster, how: Way, webhook: Webhook): void {
    const next = this.manifest;
    const sent = how === 'apply' ? applied(cluster.workload, this.#last, next) : defaulted(next);
    this.#last = next;
    cluster.update(sent, webhook);
  }
}

/** The host tells which Service gave it, so that a value of another relation is known when it is seen. */
const told = ({ name, provides, version, user }: Extract<Step, { step: 'service' }>): ServiceView =>
  serviceView(name, {
    provides,
    externalName: `${name}.v${version}`,
    ...(user === '' ? {} : { data: { user: `${name}.${user}` } }),
  });

const annotationsOf = ({ consumes, relations }: Extract<Step, { step: 'relations' }>): JsonObject =>
  consumes === '' && relations === '' ? {} : { 'tengu.io/consumes': consumes, 'tengu.io/relations': relations };

const withLabel = (object: JsonObject, team: string): JsonObject =>
  withMetadata(object, { labels: { ...objectAt(objectAt(object, 'metadata'), 'labels'), team } });

/** A workload as `kubectl get -o yaml` gives it, sent as a manifest; the API server notes that the stamp came with it. */
function exported(object: JsonObject, kind: Kind): JsonObject {
  const stamp = objectAt(objectAt(podTemplate(object), 'metadata'), 'annotations')[STAMP];
  const path = [...KINDS[kind].template, 'metadata', 'annotations', STAMP];
  const fieldsV1 = path.reduceRight<JsonObject>((inner, key) => ({ [`f:${key}`]: inner }), {});
  const managedFields = stamp === undefined ? undefined : [{ manager: 'kubectl-create', operation: 'Update', fieldsV1 }];
  return withMetadata(object, { uid: undefined, resourceVersion: undefined, managedFields });
}
