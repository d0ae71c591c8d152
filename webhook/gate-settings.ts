import { parseDocument } from 'yaml';
import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { effectiveHold, type GateSettings } from '../relations/gate.ts';
import { isDnsLabel } from '../relations/names.ts';
import type { Parsed, Source } from './reload.ts';

/**
 * A core/v1 Container as far as this process has to know it. Further keys pass as they are: Kubernetes adds some with every
 * release, and the API server checks them when the first pod is stamped.
 */
const container = z.catchall(
  z.object({
    name: z.string().check(z.refine(isDnsLabel, { error: 'must be a DNS label: at most 63 of a-z, 0-9 and -' })),
    image: z.string().check(z.minLength(1, { error: 'must name an image' })),
  }),
  z.json(),
);

const tenguConfig = z
  .strictObject({
    initContainers: z._default(z.array(container), []),
    hold: z._default(z.enum(['container', 'kubelet']), 'container'),
  })
  .check((context) => {
    const names = context.value.initContainers.map(({ name }) => name);
    names.forEach((name, index) => {
      const first = names.indexOf(name);
      if (first === index) return;
      const message = `"${name}" is the name of initContainers[${first}] already`;
      context.issues.push({ code: 'custom', path: ['initContainers', index, 'name'], message, input: name });
    });
  });

/** The small zod has no texts of its own. */
const messages = en().localeError;

/** `tenguconfig.yaml` as a source to be re-read. */
export const gateSettingsSource = (file: string): Source<GateSettings> => ({
  what: 'gate settings',
  paths: [file],
  parse: ([text = '']) => readGateSettings(text),
  summary: (settings) => ({
    hold: effectiveHold(settings),
    initContainers: settings.initContainers.map(({ name, image }) => ({ name, image })),
  }),
});

/** Reads the text of a `tenguconfig.yaml`: every fault that it has, each with its path. */
export function readGateSettings(text: string): Parsed<GateSettings> {
  const document = parseDocument(text);
  if (document.errors.length > 0) return { ok: false, faults: document.errors.map((error) => firstLine(error.message)) };
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // An alias that leads to itself, or to more nodes than the parser lets pass.
    return { ok: false, faults: [firstLine(error instanceof Error ? error.message : String(error))] };
  }
  const result = tenguConfig.safeParse(content, { error: messages });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, faults: result.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`) };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** `initContainers[0].name`, as one would write it. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}
