import type { ServiceView } from './service.ts';

/**
 * Variables that steer a process rather than inform it. They are never given out, whatever a Service is called or
 * annotated with. `*` stands for any run of characters.
 */
const RESERVED = (
  'PATH HOME HOSTNAME IFS ENV BASH_ENV SHELLOPTS PS4 PROMPT_COMMAND LD_* DYLD_* GCONV_PATH OPENSSL_CONF ' +
  'NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS PYTHON* RUBYOPT RUBYLIB PERL5OPT PERL5LIB PERL5DB ' +
  'JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS DOTNET_STARTUP_HOOKS GIT_SSH_COMMAND *_PROXY KUBERNETES_* TENGU_*'
).split(' ');

/** Also part of what the controller's account is held to (infra/guard), in the API server's own language: nothing but RE2 has. */
export const RESERVED_PATTERN = new RegExp(`^(?:${RESERVED.map((name) => name.replace('*', '.*')).join('|')})$`);

export const isReserved = (variable: string): boolean => RESERVED_PATTERN.test(variable);

/** Upper case, every other character `_`. */
const asVariable = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** A cluster knows few interfaces, and each is asked for several times in every review and pass. */
const known = new Map<string, string | undefined>();
const KNOWN_LIMIT = 1000;

/** The variable of an interface, `MY_DB` for `my-db`; undefined for what is no label value or gives no variable name. */
export function variableOf(interfaceName: string): string | undefined {
  if (known.has(interfaceName)) return known.get(interfaceName);
  const variable = /^[a-z]([-a-z0-9_.]{0,61}[a-z0-9])?$/.test(interfaceName) ? asVariable(interfaceName) : undefined;
  if (known.size === KNOWN_LIMIT) known.clear();
  known.set(interfaceName, variable);
  return variable;
}

/** One value that a Service gives, and from which of its fields, for messages. */
export interface Value {
  readonly variable: string;
  readonly value: string;
  readonly source: string;
}

/** The longest key that a ConfigMap has. */
const KEY_LIMIT = 253;

/**
 * The values that a Service gives for its interface: host, port, named ports and data. Reserved variables are left out, and
 * so is a name that no ConfigMap takes and a text with a NUL, which no environment can hold. One variable may come twice: whoever puts values together tells.
 */
export function valuesOf(service: ServiceView): readonly Value[] {
  const base = variableOf(service.provides);
  if (base === undefined || service.host === undefined) return [];
  const from = (field: string) => `Service ${service.name} (${field})`;
  const port = service.ports.find(({ name }) => name === service.provides) ?? service.ports[0];
  const values: Value[] = [
    { variable: base, value: service.host, source: from('host') },
    { variable: `${base}_HOST`, value: service.host, source: from('host') },
    // Empty rather than absent: Kubernetes' own service links would otherwise fill it with an address (`DB_PORT=tcp://…`).
    { variable: `${base}_PORT`, value: port === undefined ? '' : String(port.port), source: from('port') },
  ];
  for (const { name, port: number } of service.ports) {
    if (name !== undefined)
      values.push({ variable: `${base}_PORT_${asVariable(name)}`, value: String(number), source: from(`port ${name}`) });
  }
  for (const [name, text] of service.data) {
    values.push({ variable: `${base}_${asVariable(name)}`, value: text, source: from(`annotation tengu.io/data.${name}`) });
  }
  return values.filter(({ variable, value }) => variable.length <= KEY_LIMIT && !isReserved(variable) && !value.includes('\0'));
}
