import { describeKey, type KeyName, subjects } from './keys.ts';

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from infra/keys/; a test compares the two. -->

What a stack may set, in \`Pulumi.<stack>.yaml\` or from the command line; [Pulumi.prod.yaml](../Pulumi.prod.yaml) is one to start
from. A key that is not set has its default.

\`\`\`console
$ pulumi config set orcon:replicas 3
$ pulumi config set --path 'orcon:namespaces[0]' shop                       # a list, an element at a time
$ pulumi config set --path 'orcon:webhookResources.limits.memory' 512Mi     # an object: what is left out of it is not set
$ pulumi config set --secret orcon:registryPassword                         # asks for it, and stores it encrypted
\`\`\`

All that is wrong with a configuration is said in one error, with key, value and way out, before anything is created: by
\`npm run doctor -- --stack STACK\`, and by \`pulumi preview\` and \`up\` once every value is of the type that \`Pulumi.yaml\` has for its key.
That the CLI checks by itself before it runs the program, and it names one key a run (\`Stack 'mine' with configuration key
'orcon:replicas' must be of type 'integer'\`); with \`--skip-config-validation\`, where the CLI has it, types are the program's too.

Two keys are the Kubernetes provider's own: \`kubernetes:context\`, by default the current one, and \`kubernetes:kubeconfig\`, a path;
any other of its keys is refused, as it would have no effect.

Encrypted (\`--secret\`) are \`orcon:registryPassword\`, always, and \`orcon:registryUsername\`, if you like. Any other key is refused where
its value is encrypted, wholly or in part: it would stand in clear in previews, in the state or in the cluster all the same. What a
container of \`orcon:initContainers\` is to keep secret, it takes from a Secret (\`valueFrom.secretKeyRef\`).

Keys that answer one question twice are refused: an image that is given, and built. A key for something that is switched off is only
warned about, so that a switch can be turned off and on again: \`orcon:apiServerPorts\` while \`orcon:networkPolicies\` is false.`;

/** The page `docs/configuration.md`: every key with its default, what it decides and what it takes. */
export function configurationPage(): string {
  const sections = subjects.map(({ title, keys }) =>
    [`## ${title}`, '', '| key | default | what it decides | what it takes |', '|---|---|---|---|', ...keys.map(row)].join('\n'),
  );
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

function row(name: KeyName): string {
  const { description, expects, example, default: value } = describeKey(name);
  const given = typeof value === 'string' ? value : JSON.stringify(value);
  // A default that is not empty is an example already.
  const takes = ['', '[]', '{}'].includes(given) ? `${cell(expects)}, such as ${code(example)}` : cell(expects);
  return `| \`orcon:${name}\` | ${given === '' ? '' : code(given)} | ${cell(description)} | ${takes} |`;
}

/** A digest says nothing to a reader. */
const code = (text: string) => `\`${cell(text.replace(/[0-9a-f]{64}/, '…'))}\``;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
