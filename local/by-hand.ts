/** What a shell needs so that whoever works by hand does as this checkout's commands do: lines to copy, or to `eval`. */
import { delimiter, dirname } from 'node:path';
import type { EmbeddedCluster } from './cluster/index.ts';
import type { Pulumi } from './pulumi/pulumi.ts';

export function shellLines(
  cluster: Pick<EmbeddedCluster, 'environment' | 'binaries'>,
  pulumi: Pick<Pulumi, 'folders' | 'variables'>,
): readonly string[] {
  const { PATH: _, ...variables } = { ...cluster.environment, ...pulumi.variables };
  const folders = [...new Set([...pulumi.folders, dirname(cluster.binaries.kubectl)])];
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export PATH=${quoted(folders.join(delimiter))}:$PATH`,
  ];
}

/** As one word of a shell's, bare where nothing in it means anything to one. */
const quoted = (text: string): string => (/^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
