import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kubectlOf } from '../../../local/kubectl.ts';
import { cluster } from '../harness/cluster.ts';
import { documentedLines } from '../harness/user-command.ts';

const RIGHTS = 'examples/delivery/reader.yaml';
const CHECKOUT = join(import.meta.dirname, '../../..');

/** Who may look at what a stack consists of and change nothing, made by the very commands of docs/delivery.md. */
export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'orcon-reader-'));

  static async make(): Promise<Reader> {
    const reader = new Reader();
    symlinkSync(join(CHECKOUT, 'examples'), join(reader.#folder, 'examples'));
    const commands = documentedLines('delivery.md', 'Who may look').join('\n').replaceAll('production', cluster.context);
    const env = { ...process.env, ...cluster.environment };
    await promisify(execFile)('bash', ['-e', '-c', commands], { cwd: reader.#folder, env });
    return reader;
  }

  /** For who acts as the reader. */
  get environment(): { readonly KUBECONFIG: string } {
    return { KUBECONFIG: join(this.#folder, 'reader.kubeconfig') };
  }

  async end(): Promise<void> {
    await kubectlOf(cluster)('delete', '-f', join(CHECKOUT, RIGHTS));
    rmSync(this.#folder, { recursive: true });
  }
}
