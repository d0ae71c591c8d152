/** `npm run docs`: writes the pages that follow from the code. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from '../infra/configuration-page.ts';

writeFileSync(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), configurationPage());
