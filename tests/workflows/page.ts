/** What docs/delivery.md has somebody write into the workflows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAGE = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');

/** Its one block of YAML, which stands in a list. */
const SIGN_IN = /^( *)```yaml\n([\s\S]*?)^\1```/m;

/** A workflow as the page has it for a cloud that trusts GitHub's tokens: the permission, and the step that signs in. */
export function withCloud(text: string): string {
  const [, indent = '', block] = SIGN_IN.exec(PAGE) ?? [];
  if (block === undefined) throw new Error('docs/delivery.md has no step that signs in to a cloud');
  const signIn = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
  const before = '      - name: Write the kubeconfig\n';
  const permission = '      contents: read\n';
  for (const anchor of [before, permission])
    if (text.split(anchor).length !== 2) throw new Error(`the workflow has not one line ${anchor.trim()}`);
  return text.replace(before, () => `${signIn}${before}`).replace(permission, `${permission}      id-token: write\n`);
}
