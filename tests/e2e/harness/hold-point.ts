import { createServer, type Server } from 'node:https';
import type { V1ValidatingWebhookConfiguration } from '@kubernetes/client-node';
import { z } from 'zod';
import { CONTROLLER_ACCOUNT } from '../../../infra/names.ts';
import { newAuthority } from '../../fake-api/tls.ts';
import { create, merge, remove } from './api.ts';
import { eventually } from './eventually.ts';
import type { TestNamespace } from './namespace.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const WRITER = `system:serviceaccount:orcon-system:${CONTROLLER_ACCOUNT}`;
/** The API server waits no longer than this for any webhook. */
const LONGEST_SECONDS = 30;

const reviews = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  request: z.object({ uid: z.string(), name: z.string(), resource: z.object({ resource: z.string() }), dryRun: z.boolean() }),
});
type Asked = z.infer<typeof reviews>['request'];

/**
 * Stops what the controller writes within the API server, right before it takes effect, so that a test can act between two
 * writes that otherwise follow each other in milliseconds. What was stopped is refused when it opens.
 */
export class HoldPoint {
  readonly #path: string;
  readonly #server: Server;
  readonly #held: { readonly resource: string; readonly refuse: () => void }[] = [];
  #isAsked = false;
  #isOpen = false;

  private constructor(path: string, server: Server) {
    this.#path = path;
    this.#server = server;
  }

  /** Sets one up for the controller's updates of pods and Deployments in a namespace, which has a Deployment called `sample`. */
  static async set(ns: TestNamespace, sample: string): Promise<HoldPoint> {
    const name = `hold-point-${ns.name}`;
    const authority = await newAuthority(name);
    const server = createServer(await authority.issue());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a server without a port');
    const point = new HoldPoint(`${CONFIGURATIONS}/${name}`, server);
    server.on('request', async (request, response) => {
      const {
        apiVersion,
        kind,
        request: asked,
      } = reviews.parse(JSON.parse((await request.setEncoding('utf8').toArray()).join('')));
      const allowed = await point.#decide(asked);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed } }));
    });
    await create(CONFIGURATIONS, configuration(name, ns.name, address.port, authority.certificate));
    await eventually('the API server asks the hold point', async () => {
      await merge(ns.path('Deployment', sample), {}, { dryRun: 'All' });
      return point.#isAsked ? true : undefined;
    });
    return point;
  }

  /** Waits until a write is stopped here for each of these, `pods` or `deployments`. */
  async holds(...resources: readonly string[]): Promise<void> {
    await eventually(`a write of ${resources.join(' and of ')} is stopped`, async () => {
      const held = this.#held.map(({ resource }) => resource);
      if (!resources.every((resource) => held.includes(resource))) throw new Error(`stopped were ${held.join(', ')}`);
      return true;
    });
  }

  /** Refuses what is stopped, and stops nothing any more. */
  async open(): Promise<void> {
    this.#isOpen = true;
    for (const { refuse } of this.#held) refuse();
    await remove(this.#path);
    this.#server.close();
  }

  #decide({ resource, dryRun }: Asked): boolean | Promise<boolean> {
    if (dryRun) this.#isAsked = true;
    if (dryRun || this.#isOpen) return true;
    return new Promise((resolve) => {
      this.#held.push({ resource: resource.resource, refuse: () => resolve(false) });
    });
  }
}

/** Fails open: a test that ends in the middle is in nobody's way. */
function configuration(name: string, namespace: string, port: number, authority: string): V1ValidatingWebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'hold-point.e2e.tengu.io',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(authority).toString('base64') },
        rules: [{ operations: ['UPDATE'], apiGroups: ['', 'apps'], apiVersions: ['v1'], resources: ['pods', 'deployments'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        matchConditions: [
          { name: 'controller-or-trial', expression: `request.userInfo.username == '${WRITER}' || request.dryRun` },
        ],
        sideEffects: 'None',
        timeoutSeconds: LONGEST_SECONDS,
        failurePolicy: 'Ignore',
      },
    ],
  };
}
