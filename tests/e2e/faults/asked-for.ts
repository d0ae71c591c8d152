/**
 * What final objects alone ask for, worked out here from the rules as users read them (docs/relations.md), without the code
 * that is tested.
 */
import type { V1Service } from '@kubernetes/client-node';

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** What one consumer should be seen with. */
export interface Asked {
  /** Whether each consumed interface is provided by exactly one related Service. */
  readonly complete: boolean;
  /** Whether one of them is provided by nobody, which goes before one that two provide. */
  readonly lacks: boolean;
  /** What has to be given: the values of every interface that one Service alone provides, consumed or not. */
  readonly values: Variables;
}

/** The variables that a Service gives: of one interface, with at most one port, without data of its own. */
export function provided({ metadata, spec }: V1Service, namespace: string): Variables {
  const name = interfaceOf({ metadata }).toUpperCase();
  const host = spec?.type === 'ExternalName' ? (spec.externalName ?? '') : `${metadata?.name}.${namespace}.svc`;
  return { [name]: host, [`${name}_HOST`]: host, [`${name}_PORT`]: String(spec?.ports?.[0]?.port ?? '') };
}

const interfaceOf = ({ metadata }: V1Service): string => metadata?.labels?.['tengu.io/provides'] ?? '';

/** What a consumer's two lists ask for, with these Services of its namespace. */
export function askedFor(consumes: string, relations: string, services: readonly V1Service[], namespace: string): Asked {
  const related = services.filter(({ metadata }) => relations.split(',').includes(metadata?.name ?? ''));
  const consumed = consumes.split(',');
  const count = (each: string): number => related.filter((service) => interfaceOf(service) === each).length;
  const single = related.filter((service) => count(interfaceOf(service)) === 1);
  return {
    complete: consumed.every((each) => count(each) === 1),
    lacks: consumed.some((each) => count(each) === 0),
    values: Object.assign({}, ...single.map((service) => provided(service, namespace))),
  };
}
