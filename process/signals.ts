import { constants } from 'node:os';

/** Ends the process; `process.exit` but for tests. */
type Exit = (code: number) => void;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * On the first SIGTERM or SIGINT `stop` is run and the process then ends with 0, or with 1 when `stop` fails. A second signal
 * ends it at once with 128 and the signal's number, as shells count: who sends it twice means it.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => Promise<void>, exit: Exit = (code) => process.exit(code)): void {
  let stopping = false;
  const receive = (signal: NodeJS.Signals) => {
    if (stopping) return exit(128 + constants.signals[signal]);
    stopping = true;
    stop(signal).then(
      () => exit(0),
      (error) => {
        process.stderr.write(`could not stop cleanly: ${error instanceof Error ? error.stack : error}\n`);
        exit(1);
      },
    );
  };
  for (const signal of STOP_SIGNALS) process.on(signal, receive);
}
