import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LogSettings {
  readonly level: string;
  /** `json`: one object a line, for collectors. `pretty`: for people at a terminal. */
  readonly format: 'json' | 'pretty';
}

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Lines are collected and written in the background: a write each would be a third of what a small request costs, and a reader
 * of stdout that has stopped reading must hold up nobody (written at once, it even ends the process: EAGAIN, over and over).
 */
const STDOUT = {
  fd: 1,
  sync: false,
  /** Bytes that wait for a reader; lines beyond are dropped. */
  maxLength: 4 * 1024 * 1024,
};
/** Bytes that are written together: each write goes to another thread and back, which costs as much as a dozen lines. */
const TOGETHER = 64 * 1024;
/** UTF-8 has no more bytes than this for each of JavaScript's characters. */
const BYTES_A_CHARACTER = 3;
/** Milliseconds after which what has been collected is written in any case. */
const FLUSH_MS = 100;

/** Reads `LOG_LEVEL` (info) and `LOG_FORMAT` (json); what is wrong with them is added to `faults`, a line each. */
export function readLogSettings(env: NodeJS.ProcessEnv, faults: string[]): LogSettings {
  const level = env.LOG_LEVEL || 'info';
  const format = env.LOG_FORMAT || 'json';
  if (!LEVELS.includes(level)) faults.push(`LOG_LEVEL: ${JSON.stringify(level)} is none of ${LEVELS.join(', ')}`);
  if (format !== 'json' && format !== 'pretty') faults.push(`LOG_FORMAT: ${JSON.stringify(format)} is neither json nor pretty`);
  return { level, format: format === 'pretty' ? 'pretty' : 'json' };
}

/**
 * The logger of a process, to stdout; what has been collected is written out when the process exits. `pretty` is a stream in
 * this process, not a pino transport: a transport is a worker thread with a file of its own, which a one-file bundle has not.
 */
export async function createLogger(settings: LogSettings): Promise<Logger> {
  const options = {
    level: settings.level,
    base: null,
    messageKey: 'message',
    timestamp: isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  if (settings.format === 'json') return pino(options, collecting(stdout()));
  // Loaded only when asked for: it would be a third of the start-up time.
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ messageKey: 'message', singleLine: true, sync: true }));
}

let told = { ms: 0, field: '' };

/** The time as a field of a line, as pino's own `isoTime`, but made once a millisecond: many lines fit into one. */
function isoTime(): string {
  const ms = Date.now();
  if (ms !== told.ms) told = { ms, field: `,"time":"${new Date(ms).toISOString()}"` };
  return told.field;
}

/**
 * Hands lines on to `stream` many at a time, as bytes outside of the heap. The stream has a buffer of its own, but measures that
 * anew with every line, and texts that wait for long are what a garbage collector has most work with.
 */
function collecting(stream: { write(text: string): boolean }): { write(line: string): void } {
  const lines = Buffer.alloc(TOGETHER);
  let end = 0;
  const handOn = () => {
    if (end > 0) stream.write(lines.toString('utf8', 0, end));
    end = 0;
  };
  setInterval(handOn, FLUSH_MS).unref();
  // Before the stream's own listeners, which write out what it has and close it.
  process.prependListener('beforeExit', handOn).prependListener('exit', handOn);
  return {
    write(line) {
      const most = line.length * BYTES_A_CHARACTER;
      if (most > TOGETHER - end) handOn();
      if (most > TOGETHER) stream.write(line);
      else end += lines.write(line, end);
    },
  };
}

function stdout() {
  const stream = destination(STDOUT);
  // Without a listener a full disk behind stdout would end the process.
  stream.on('error', (error) => process.stderr.write(`log lines are lost: ${error}\n`));
  return stream;
}
