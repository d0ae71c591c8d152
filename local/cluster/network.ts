import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { POD_RANGE } from './addresses.ts';
import { ask } from './ask.ts';
import { run } from './run.ts';

/** Our own nftables table, and those that kube-proxy makes. */
const TABLES = ['ip orcon', 'ip kube-proxy', 'ip6 kube-proxy'] as const;

/** What pods reach beyond the cluster sees the node's address. */
const RULES = `table ip orcon {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${POD_RANGE} ip daddr != ${POD_RANGE} masquerade
  }
}
`;

const MARK = 'orcon-embedded';

/** Docker Engine of the machine's own, and some firewalls, drop what is forwarded for others: then pods get a way through. */
const LET_THROUGH = ['-s', '-d'].map((side) => [side, POD_RANGE, '-m', 'comment', '--comment', MARK, '-j', 'ACCEPT']);
const IPTABLES_IN_USE = ['/proc/net/ip_tables_names'];

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
  if ((await forwardRules())?.includes('-P FORWARD DROP')) {
    for (const rule of LET_THROUGH) await run({ program: 'iptables', args: ['--wait', '-I', 'FORWARD', ...rule], log });
  }
}

/** Takes every rule of ours away. */
export async function removeRules(nft: string, log: string): Promise<void> {
  const present = ((await ask(nft, ['list', 'tables'])) ?? '').split('\n').map((line) => line.replace(/^table /, '').trim());
  for (const table of TABLES.filter((name) => present.includes(name))) {
    await run({ program: nft, args: ['delete', 'table', ...table.split(' ')], log });
  }
  if (!(await forwardRules())?.includes(MARK)) return;
  for (const rule of LET_THROUGH) await run({ program: 'iptables', args: ['--wait', '-D', 'FORWARD', ...rule], log });
}

/** What iptables has on forwarding, or undefined where nobody uses it: asking it would make its tables. */
async function forwardRules(): Promise<string | undefined> {
  const isUsed = IPTABLES_IN_USE.some((file) => existsSync(file) && /^filter$/m.test(readFileSync(file, 'utf8')));
  const inNftables = /^table ip filter$/m.test((await ask('nft', ['list', 'tables'])) ?? '');
  return isUsed || inNftables ? ask('iptables', ['--wait', '-S', 'FORWARD']) : undefined;
}
