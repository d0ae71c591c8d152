import type { Grant } from '../../fake-api/rbac.ts';

/** What somebody may do who has the role `admin` in the namespace shop and nothing else, as far as this is about it. */
export const ADMIN_OF_SHOP: readonly Grant[] = [
  { namespace: 'shop', apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  { namespace: 'shop', apiGroups: [''], resources: ['configmaps', 'pods', 'services'], verbs: ['get', 'list', 'delete'] },
  {
    namespace: 'shop',
    apiGroups: ['apps', 'batch'],
    resources: ['deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'],
    verbs: ['get', 'list', 'update'],
  },
  { namespace: 'shop', apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['list'] },
];
