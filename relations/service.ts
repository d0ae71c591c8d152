import { type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { DATA_PREFIX, PROVIDES } from './vocabulary.ts';

/** What orcon needs to know of a Service. */
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  /** The interface that it provides, in lower case; empty where it bears no label. */
  readonly provides: string;
  /** Where it is reached; undefined for an ExternalName that names nothing. */
  readonly host: string | undefined;
  readonly ports: readonly { readonly name: string | undefined; readonly port: number }[];
  /** Its `tengu.io/data.<name>` annotations, sorted by name. */
  readonly data: readonly (readonly [name: string, text: string])[];
}

/** Reads a Service as the API server sends it; nothing else of it is kept. */
export function viewService(object: JsonObject): ServiceView {
  const metadata = objectAt(object, 'metadata');
  const spec = objectAt(object, 'spec');
  const annotations = objectAt(metadata, 'annotations');
  const namespace = textAt(metadata, 'namespace') ?? '';
  const name = textAt(metadata, 'name') ?? '';
  const external = textAt(spec, 'type') === 'ExternalName';
  return {
    namespace,
    name,
    provides: (textAt(objectAt(metadata, 'labels'), PROVIDES) ?? '').trim().toLowerCase(),
    host: external ? textAt(spec, 'externalName') || undefined : `${name}.${namespace}.svc`,
    ports: objectsAt(spec, 'ports').flatMap((port) =>
      typeof port.port === 'number' ? [{ name: textAt(port, 'name'), port: port.port }] : [],
    ),
    data: Object.keys(annotations)
      .filter((key) => key.startsWith(DATA_PREFIX) && key.length > DATA_PREFIX.length)
      .sort()
      .map((key) => [key.slice(DATA_PREFIX.length), textAt(annotations, key) ?? ''] as const),
  };
}
