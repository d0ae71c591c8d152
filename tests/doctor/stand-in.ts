/** A cluster, and what images are made with, as far as the doctor asks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { type Api, apiOf } from '../../doctor/api.ts';

const attributes = z.object({
  group: z.string(),
  resource: z.string(),
  subresource: z.string(),
  verb: z.string(),
  namespace: z.string(),
  name: z.string(),
});
const review = z.looseObject({ spec: z.object({ resourceAttributes: attributes }) });
export type Right = z.output<typeof attributes>;

/** Plurals of the kinds that every cluster has. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/api/v1': {
    Namespace: 'namespaces',
    ServiceAccount: 'serviceaccounts',
    ConfigMap: 'configmaps',
    Secret: 'secrets',
    Service: 'services',
  },
  '/apis/apps/v1': { Deployment: 'deployments' },
  '/apis/policy/v1': { PodDisruptionBudget: 'poddisruptionbudgets' },
  '/apis/networking.k8s.io/v1': { NetworkPolicy: 'networkpolicies' },
  '/apis/rbac.authorization.k8s.io/v1': {
    Role: 'roles',
    RoleBinding: 'rolebindings',
    ClusterRole: 'clusterroles',
    ClusterRoleBinding: 'clusterrolebindings',
  },
  '/apis/admissionregistration.k8s.io/v1': {
    MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
    ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
    ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
    ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
  },
};

export class StandIn {
  version = { major: '1', minor: '34', gitVersion: 'v1.34.4' };
  /** How far its clock is ahead. */
  aheadMs = 0;
  readonly kinds = structuredClone(KINDS) as Record<string, Record<string, string>>;
  /** Whether the user may not. */
  refuses: (right: Right) => boolean = () => false;
  /** Rights that were asked for. */
  readonly asked: Right[] = [];
  /** Answers by path: a body, or a status alone. */
  readonly answers = new Map<string, object | number>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<StandIn> {
    const standIn = new StandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  /** `127.0.0.1:<port>` */
  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in does not listen');
    return `127.0.0.1:${address.port}`;
  }

  get api(): Api {
    const server = `http://${this.host}`;
    return apiOf({
      getCurrentCluster: () => ({ name: 'stand-in', server, skipTLSVerify: true }),
      applyToHTTPSOptions: () => Promise.resolve(),
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    response.setHeader('date', new Date(Date.now() + this.aheadMs).toUTCString());
    const answer = request.method === 'POST' ? this.#review(await json(request)) : (this.answers.get(path) ?? this.#known(path));
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #review(body: unknown): object {
    const right = review.parse(body).spec.resourceAttributes;
    this.asked.push(right);
    return { status: { allowed: !this.refuses(right) } };
  }

  #known(path: string): object | number {
    if (path === '/version') return this.version;
    if (path === '/v2/') return 401; // as a registry does before a login
    if (path === '/_ping') return {};
    const kinds = this.kinds[path];
    if (kinds === undefined) return 404;
    return { resources: Object.entries(kinds).map(([kind, name]) => ({ kind, name })) };
  }
}
