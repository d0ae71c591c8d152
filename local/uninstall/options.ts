import { parseArgs } from 'node:util';
import { isDnsLabel } from '../../relations/names.ts';

export const USAGE = `usage: npm run uninstall:check [-- OPTIONS]    lists what is left of orcon in a cluster after \`pulumi destroy\`
       npm run uninstall:clean [-- OPTIONS]    removes it, and makes workloads as their users wrote them

  --context NAME     of the kubeconfig; the current one by default, but not with --yes
  --namespace NAME   this namespace alone, with rights in it alone; may be given several times
  --yes              (clean) does not ask; the cluster has to be named then`;

export interface Options {
  readonly command: 'check' | 'clean';
  readonly context: string | undefined;
  /** Empty for all. */
  readonly namespaces: readonly string[];
  readonly yes: boolean;
}

/** @throws Error with what is wrong and the usage */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [command, ...more] = positionals;
  const wrong = (values.namespace ?? []).find((name) => !isDnsLabel(name));
  if (wrong !== undefined) throw new Error(`--namespace ${wrong}: is no name of a namespace\n${USAGE}`);
  if (more.length > 0 || (command !== 'check' && command !== 'clean')) throw new Error(USAGE);
  if (command === 'clean' && values.yes && values.context === undefined)
    throw new Error(`--yes: say which cluster by --context, for nobody is asked whether it is the right one\n${USAGE}`);
  return { command, context: values.context, namespaces: values.namespace ?? [], yes: values.yes ?? false };
}

function parsed(args: readonly string[]) {
  const options = {
    context: { type: 'string' },
    namespace: { type: 'string', multiple: true },
    yes: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}
