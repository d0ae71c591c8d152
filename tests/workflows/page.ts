/** What docs/delivery.md has somebody set up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAGE = readFileSync(join(import.meta.dirname, '../../docs/delivery.md'), 'utf8');
