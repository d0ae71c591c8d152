/** Which object a resource is, where nothing but its type and its id is known: at an import or a `get`. */
import type { JsonObject } from '../rpc/json.ts';

/**
 * The object with kind, namespace and name. `type` is a token such as `kubernetes:apps/v1:Deployment`, where the core
 * group is spelt `core`; `id` is `<namespace>/<name>` or a name.
 */
export function identity(type: string, id: string): JsonObject {
  const [, groupVersion = '', kind = ''] = type.split(':');
  const [name = '', namespace] = id.split('/').reverse();
  return {
    apiVersion: groupVersion.replace(/^core\//, ''),
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
}
