import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { EmbeddedCluster } from './cluster/index.ts';

/** Runs kubectl with these arguments; gives what it printed. Throws with kubectl's own words if it fails. */
export interface Kubectl {
  (...args: readonly string[]): Promise<string>;
  /** `kubectl apply` of an object. */
  readonly apply: (object: object) => Promise<string>;
}

/** The kubectl of the embedded cluster. */
export function kubectlOf({ binaries, environment }: Pick<EmbeddedCluster, 'binaries' | 'environment'>): Kubectl {
  const env = { ...process.env, ...environment };
  const run = async (args: readonly string[], input: string): Promise<string> => {
    const child = spawn(binaries.kubectl, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const printed = child.stdout.setEncoding('utf8').toArray();
    const complaints = child.stderr.setEncoding('utf8').toArray();
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${(await complaints).join('').trim()}`);
    return (await printed).join('').trim();
  };
  return Object.assign((...args: readonly string[]) => run(args, ''), {
    apply: (object: object) => run(['apply', '-f', '-'], JSON.stringify(object)),
  });
}

/**
 * Asks again and again until the answer fits, for at most `seconds`.
 *
 * @throws Error that names what was waited for and the last answer
 */
export async function waitFor<T>(what: string, ask: () => Promise<T>, fits: (answer: T) => boolean, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come about within ${seconds} s; last seen: ${JSON.stringify(answer)}`);
    await pause(100);
  }
}
