import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cluster } from './cluster.ts';
import { docker } from './docker.ts';

const IMAGE = `${cluster.registry}/e2e/prototype-gate:1`;

/** Looks at its own environment once, and sleeps for ever if a variable is missing there. It runs as root. */
const SCRIPT = `IFS=,
for name in $TENGU_REQUIRED_VARS; do
  eval "value=\\$$name"
  if [ -z "$value" ]; then
    echo "missing $name"
    exec sleep infinity
  fi
done
echo "have $TENGU_REQUIRED_VARS"
`;

/** Builds and pushes a gate image of the prototype's kind: it knows TENGU_REQUIRED_VARS and nothing else. Gives its name. */
export async function pushPrototypeGate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'orcon-gate-'));
  writeFileSync(join(folder, 'gate.sh'), SCRIPT);
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM ${cluster.gateBaseImage}\nUSER 0\nCOPY gate.sh /gate.sh\nENTRYPOINT ["/bin/sh", "/gate.sh"]\n`,
  );
  try {
    await docker('build', '--quiet', '--tag', IMAGE, folder);
    await docker('push', '--quiet', IMAGE);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return IMAGE;
}
