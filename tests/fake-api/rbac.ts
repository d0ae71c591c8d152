import type { Rule } from '../../infra/rights.ts';
import type { SeenRequest } from './fake-api.ts';

/** A rule in one namespace, or in the whole cluster. */
export interface Grant extends Rule {
  readonly namespace?: string;
}

/** Whether rights let a request through, as the API server's RBAC authorizer has it. */
export const authorizer =
  (grants: readonly Grant[]) =>
  (request: SeenRequest): boolean =>
    grants.some(
      ({ apiGroups, resources, verbs, resourceNames, namespace }) =>
        (namespace === undefined || namespace === request.namespace || isNamespaceItself(request, namespace)) &&
        verbs.includes(request.verb) &&
        apiGroups.some((group) => resources.some((each) => request.resource === (group === '' ? each : `${each}.${group}`))) &&
        (resourceNames === undefined || resourceNames.includes(nameOf(request) ?? '')),
    );

/** A Role may give a look at its own namespace. */
const isNamespaceItself = ({ resource, name }: SeenRequest, namespace: string): boolean =>
  resource === 'namespaces' && name === namespace;

/** A list or watch that selects one name is authorized as a request for that name (apiserver: pkg/endpoints/request/requestinfo.go). */
const nameOf = ({ name, query }: SeenRequest): string | undefined =>
  name ?? /^metadata\.name=([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
