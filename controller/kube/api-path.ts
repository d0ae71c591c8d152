/** What a path of the Kubernetes API points at. */
export interface ApiPath {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural name as in the path, e.g. `deployments`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Path of a collection (no name) or an object, e.g. `/apis/apps/v1/namespaces/shop/deployments/web`. */
export function formatApiPath(path: ApiPath): string {
  const parts = path.group === '' ? ['api', path.version] : ['apis', path.group, path.version];
  if (path.namespace !== undefined) parts.push('namespaces', path.namespace);
  parts.push(path.resource);
  if (path.name !== undefined) parts.push(path.name);
  if (path.subresource !== undefined) parts.push(path.subresource);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** Subresources of a Namespace itself; any other third part of `/namespaces/<name>/...` is a resource inside it. */
const namespaceSubresources = ['status', 'finalize'];

/** Reads a path as the API server does (apiserver: pkg/endpoints/request/requestinfo.go); undefined when it names no resource. */
export function parseApiPath(path: string): ApiPath | undefined {
  const [root, ...rest] = path.split('/').filter(Boolean).map(decodeURIComponent);
  const group = root === 'apis' ? rest.shift() : root === 'api' ? '' : undefined;
  const version = rest.shift();
  if (group === undefined || version === undefined) return undefined;
  const inside = rest[0] === 'namespaces' && rest[2] !== undefined && !namespaceSubresources.includes(rest[2]);
  const [resource, name, subresource] = inside ? rest.slice(2) : rest;
  if (resource === undefined) return undefined;
  return { group, version, resource, namespace: inside ? rest[1] : undefined, name, subresource };
}

/** The resource as RBAC and error messages write it: `deployments.apps`, `pods/status`; the path itself when it names none. */
export function resourceName(path: string): string {
  const parsed = parseApiPath(path);
  if (parsed === undefined) return path;
  const resource = parsed.group === '' ? parsed.resource : `${parsed.resource}.${parsed.group}`;
  return parsed.subresource === undefined ? resource : `${resource}/${parsed.subresource}`;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What RBAC calls a request, a closed set and so fit for a metric's label. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export function verbOf(method: HttpMethod, path: string, watch: boolean): Verb {
  const named = parseApiPath(path)?.name !== undefined;
  switch (method) {
    case 'GET':
      if (watch) return 'watch';
      return named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
  }
}
