/** What the controller is told by its environment. */
export interface Settings {
  /** The namespaces that it looks after; empty for all. */
  readonly namespaces: readonly string[];
  /** How many workloads may be rolling for a changed value at once. */
  readonly maxRolls: number;
  /** 0 takes any free port. */
  readonly healthPort: number;
  /** Who it is and where it lives: for the Lease. */
  readonly podName: string;
  readonly podNamespace: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads NAMESPACES, MAX_ROLLS, HEALTH_PORT, POD_NAME and POD_NAMESPACE.
 *
 * @param earlier what was found wrong before
 * @throws Error with a line for every variable that cannot be meant
 */
export function readSettings(environment: Environment, hostname: string, earlier: readonly string[] = []): Settings {
  const faults = [...earlier];
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const text = environment[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    faults.push(`${name}=${JSON.stringify(text)}: give a whole number from ${least} to ${most}, or leave it out for ${fallback}`);
    return fallback;
  };
  const namespaces = (environment.NAMESPACES ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of namespaces) {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
      faults.push(`NAMESPACES: ${JSON.stringify(name)} is no name of a namespace`);
  }
  const settings: Settings = {
    namespaces: [...new Set(namespaces)],
    maxRolls: number('MAX_ROLLS', 20, 1, 1000),
    healthPort: number('HEALTH_PORT', 8081, 0, 65535),
    podName: environment.POD_NAME || hostname,
    podNamespace: environment.POD_NAMESPACE || 'orcon-system',
  };
  if (faults.length > 0) throw new Error(`the controller's environment cannot be used:\n  ${faults.join('\n  ')}`);
  return settings;
}
