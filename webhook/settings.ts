import type { SecureVersion } from 'node:tls';
import { type LogSettings, readLogSettings } from '../process/logging.ts';

/** Everything that the webhook is told from outside, checked as a whole. */
export interface Settings {
  readonly tenguCfgFile: string;
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  /** HTTPS, `POST /mutate`. Port 0 takes any free one. */
  readonly port: number;
  /** Plain HTTP: `/livez`, `/readyz`, `/metrics`. */
  readonly healthPort: number;
  readonly minVersion: SecureVersion;
  readonly log: LogSettings;
  /** How often the certificate and the gate settings are read again. */
  readonly reloadMs: number;
  /** How long requests are answered after a stop signal at least, while the endpoint's removal reaches every node. */
  readonly drainMinMs: number;
  /** How long at most; below the pod's terminationGracePeriodSeconds. */
  readonly drainMaxMs: number;
}

/** The flags and what they are when left out; the names are the prototype's, but for healthPort. */
const FLAGS = {
  tenguCfgFile: '/etc/webhook/config/tenguconfig.yaml',
  tlsCertFile: '/etc/webhook/certs/cert.pem',
  tlsKeyFile: '/etc/webhook/certs/key.pem',
  port: '8080',
  healthPort: '8081',
} as const;

type Flag = keyof typeof FLAGS;

const isFlag = (text: string): text is Flag => Object.hasOwn(FLAGS, text);

/**
 * Reads flags (`-name value`, `-name=value`, one dash or two, the last one wins) and the environment: LOG_LEVEL, LOG_FORMAT,
 * TLS_MIN_VERSION, RELOAD_SECONDS, DRAIN_MIN_SECONDS, DRAIN_MAX_SECONDS.
 *
 * @throws an Error that names every fault, a line each
 */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const faults: string[] = [];
  const flags = readFlags(args, faults);
  const settings: Settings = {
    tenguCfgFile: flags.tenguCfgFile,
    tlsCertFile: flags.tlsCertFile,
    tlsKeyFile: flags.tlsKeyFile,
    port: readPort('port', flags.port, faults),
    healthPort: readPort('healthPort', flags.healthPort, faults),
    minVersion: readMinVersion(env, faults),
    log: readLogSettings(env, faults),
    reloadMs: readSeconds('RELOAD_SECONDS', env, 10, faults, 0.01) * 1000,
    drainMinMs: readSeconds('DRAIN_MIN_SECONDS', env, 5, faults) * 1000,
    drainMaxMs: readSeconds('DRAIN_MAX_SECONDS', env, 25, faults) * 1000,
  };
  if (settings.port === settings.healthPort && settings.port !== 0) {
    faults.push(`-healthPort: ${settings.healthPort} is taken by -port; give each its own`);
  }
  if (settings.drainMinMs > settings.drainMaxMs) {
    faults.push(`DRAIN_MIN_SECONDS: ${settings.drainMinMs / 1000} is above DRAIN_MAX_SECONDS, ${settings.drainMaxMs / 1000}`);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return settings;
}

function readFlags(args: readonly string[], faults: string[]): Record<Flag, string> {
  const values: Record<Flag, string> = { ...FLAGS };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const parts = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(word);
    const name = parts?.[1];
    if (name === undefined || !isFlag(name)) {
      faults.push(
        `${JSON.stringify(word)}: no such flag; there are ${Object.keys(FLAGS)
          .map((flag) => `-${flag}`)
          .join(', ')}`,
      );
      continue;
    }
    const value = parts?.[2] ?? rest.shift();
    if (value === undefined || value === '') faults.push(`-${name}: its value is missing; write -${name}=${FLAGS[name]}`);
    else values[name] = value;
  }
  return values;
}

function readPort(flag: Flag, text: string, faults: string[]): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  faults.push(`-${flag}: ${JSON.stringify(text)} is no port; give a number from 0 (any free one) to 65535`);
  return 0;
}

function readMinVersion(env: NodeJS.ProcessEnv, faults: string[]): SecureVersion {
  const version = env.TLS_MIN_VERSION || 'TLSv1.3';
  if (version === 'TLSv1.3' || version === 'TLSv1.2') return version;
  faults.push(`TLS_MIN_VERSION: ${JSON.stringify(version)} is neither TLSv1.3 nor TLSv1.2`);
  return 'TLSv1.3';
}

function readSeconds(name: string, env: NodeJS.ProcessEnv, fallback: number, faults: string[], least = 0): number {
  const text = env[name] || String(fallback);
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= least && seconds <= 3600) return seconds;
  faults.push(`${name}: ${JSON.stringify(text)} is no number of seconds from ${least} to 3600`);
  return fallback;
}
