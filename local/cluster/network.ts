import { readFileSync, writeFileSync } from 'node:fs';
import { POD_RANGE } from './addresses.ts';
import { ask } from './ask.ts';
import { LoggedFailure, run } from './run.ts';

/** Our own nftables table, and those that kube-proxy makes. */
export const TABLES = ['ip orcon', 'ip kube-proxy', 'ip6 kube-proxy'] as const;

/** What pods reach beyond the cluster sees the node's address. */
const RULES = `table ip orcon {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${POD_RANGE} ip daddr != ${POD_RANGE} masquerade
  }
}
`;

/** Kernel settings that the parts change, the kubelet's among them: given back when the cluster ends. */
const KERNEL_SETTINGS = ['net/ipv4/ip_forward', 'vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops'];

/** The kernel settings as they are, by name. */
export function readKernel(): Record<string, string> {
  return Object.fromEntries(KERNEL_SETTINGS.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()]));
}

export function restoreKernel(settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings)) writeFileSync(`/proc/sys/${name}`, value);
}

/** Lets the machine route between pods and the world. */
export async function setUpNetwork(nft: string, rules: string, log: string): Promise<void> {
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  writeFileSync(rules, RULES);
  await run({ program: nft, args: ['-f', rules], log });
}

/** Takes every rule of ours away. */
export async function removeTables(nft: string, log: string): Promise<void> {
  const present = ((await ask(nft, ['list', 'tables'])) ?? '').split('\n').map((line) => line.replace(/^table /, '').trim());
  for (const table of TABLES.filter((name) => present.includes(name))) {
    if ((await ask(nft, ['delete', 'table', ...table.split(' ')])) === undefined) {
      throw new LoggedFailure(`nft delete table ${table} failed`, log);
    }
  }
}
